using Shouldly;
using TSpin.Evaluation.InstructionFollowing;
using Xunit;

namespace TSpin.Tests.Evaluation.InstructionFollowing;

public sealed class LinguaDetectorTests
{
    private static readonly LinguaDetector Detector = new();

    [Theory]
    [InlineData("The quick brown fox jumps over the lazy dog and then goes home.", "en")]
    [InlineData("WE ARE GLAD TO TELL YOU THAT THE HOUSE IS FOR SALE.", "en")]
    [InlineData("Der schnelle braune Fuchs springt über den faulen Hund und läuft dann nach Hause.", "de")]
    [InlineData("Le renard brun saute par-dessus le chien paresseux et rentre ensuite à la maison.", "fr")]
    [InlineData("O rato roeu a roupa do rei de Roma e depois foi embora para a sua casa.", "pt")]
    [InlineData("La volpe marrone salta sopra il cane pigro e poi torna a casa sua.", "it")]
    [InlineData("Nopea ruskea kettu hyppää laiskan koiran yli ja menee sitten kotiin.", "fi")]
    [InlineData("Con cáo nâu nhanh nhẹn nhảy qua con chó lười biếng rồi về nhà.", "vi")]
    [InlineData("Mtoto huyu anapenda kusoma vitabu na kucheza kwa furaha katika shule yake.", "sw")]
    [InlineData("Быстрая коричневая лиса прыгает через ленивую собаку и потом бежит домой.", "ru")]
    [InlineData("Бързата кафява лисица прескача мързеливото куче и после се прибира вкъщи.", "bg")]
    [InlineData("Це українська мова, і ми її вивчаємо щодня.", "uk")]
    [InlineData("यह एक हिंदी वाक्य है और इसमें कई शब्द हैं।", "hi")]
    [InlineData("हे एक मराठी वाक्य आहे आणि त्यात बरेच शब्द आहेत.", "mr")]
    [InlineData("यो एउटा नेपाली वाक्य हो र यसमा धेरै शब्दहरू छन्।", "ne")]
    [InlineData("هذه جملة عربية وفيها كلمات كثيرة إلى النهاية", "ar")]
    [InlineData("این یک جمله فارسی است و چند کلمه دارد که گفته شد", "fa")]
    [InlineData("یہ ایک اردو جملہ ہے اور اس میں کئی الفاظ ہیں", "ur")]
    [InlineData("এটি একটি বাংলা বাক্য", "bn")]
    [InlineData("ಇದು ಕನ್ನಡ", "kn")]
    [InlineData("これは日本語の文です", "ja")]
    [InlineData("这是一个中文句子", "zh-cn")]
    [InlineData("이것은 한국어 문장입니다", "ko")]
    [InlineData("यह वाक्य पूरी तरह से हिंदी में है (ok)", "hi")]
    public void Tells_the_languages_of_the_data(string text, string language) => Detector.Detect(text).ShouldBe(language);

    // langdetect gives up on these, and the official checker takes that for followed.
    [Theory]
    [InlineData("123 ... !")]
    [InlineData("\U0001f600")]
    [InlineData("https://example.com/page")]
    [InlineData("me@example.com")]
    [InlineData("ქართული")]
    public void Without_letters_of_a_known_script_there_is_no_language(string text) => Detector.Detect(text).ShouldBeNull();

    [Theory]
    [InlineData("hi.")]
    [InlineData("jjjjjjj")]
    public void So_few_letters_are_not_English(string text) => Detector.Detect(text).ShouldBe(LinguaDetector.Unknown);

    [Fact]
    public void Models_that_are_absent_are_named()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<TSpinException>(() => new LinguaDetector(folder.Path).Detect("Der schnelle braune Fuchs springt")).ExitCode.ShouldBe(3);
    }
}
