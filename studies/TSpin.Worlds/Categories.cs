namespace TSpin.Worlds;

/// <summary>Twelve kinds of things, twenty of each, no thing in two kinds.</summary>
internal static class Categories
{
    /// <summary>The things of each kind, by the kind's plural.</summary>
    public static IReadOnlyDictionary<string, string[]> All { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["animals"] = Split("dog cat horse cow pig sheep goat lion tiger bear wolf fox deer mouse rat frog snake camel zebra whale"),
        ["fruits"] = Split("apple pear plum cherry grape lemon lime mango melon orange peach banana kiwi fig date apricot papaya quince guava coconut"),
        ["colours"] = Split("red blue green yellow black white brown grey pink purple violet beige cyan gold silver ivory navy teal maroon crimson"),
        ["tools"] = Split("hammer saw drill axe file chisel wrench pliers shovel rake ladder spade vice level clamp plane mallet crowbar trowel sickle"),
        ["cities"] = Split("Paris London Rome Madrid Berlin Vienna Oslo Prague Cairo Tokyo Delhi Lima Boston Dublin Athens Lisbon Moscow Sydney Geneva Milan"),
        ["countries"] = Split("France Spain Italy Norway Sweden Poland Greece Egypt India China Japan Peru Chile Kenya Ghana Cuba Mexico Canada Brazil Turkey"),
        ["sports"] = Split("tennis golf rugby hockey soccer boxing judo rowing skiing sailing surfing cycling running diving fencing cricket darts polo karate squash"),
        ["instruments"] = Split("piano violin cello guitar flute harp drum trumpet organ banjo oboe tuba clarinet viola bassoon lute horn zither gong fiddle"),
        ["vehicles"] = Split("car bus train plane boat ship truck van bike tram taxi canoe kayak ferry tractor scooter sled yacht wagon rocket"),
        ["clothes"] = Split("shirt coat hat scarf sock shoe boot glove skirt dress belt tie jacket sweater vest cap shorts jeans blouse apron"),
        ["jobs"] = Split("baker butcher farmer teacher doctor nurse lawyer judge pilot sailor painter singer dancer actor writer tailor miner plumber waiter barber"),
        ["trees"] = Split("oak elm ash pine fir birch maple beech cedar willow poplar larch yew holly alder spruce walnut chestnut hazel linden"),
    };

    /// <summary>The kinds in the order of <see cref="All"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Keys];

    private static string[] Split(string words) => words.Split(' ');
}
