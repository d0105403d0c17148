namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>What we tell the sentence splitter of English where nltk's parameters are not given.</summary>
internal static class EnglishWords
{
    /// <summary>
    /// Abbreviations, without the last full stop. No <c>e.g</c>: nltk's parameters do not know it, and neither do ours.
    /// </summary>
    public static IReadOnlyList<string> Abbreviations { get; } = (
        "mr mrs ms dr prof rev hon gen col lt capt cmdr maj sgt cpl adm gov sen rep messrs st jr sr inc ltd co corp bros dept vs cf fig nos vol approx " +
        "jan feb mar apr jun jul aug sep sept oct nov dec i.e u.s u.k u.n u.s.a u.s.s.r a.m p.m b.c a.d d.c ph.d m.d b.a m.a n.y l.a " +
        "calif fla ill mass mich minn miss mo okla ore pa tenn tex va wash wis ariz ark colo conn del ga ind kan ky la md neb nev " +
        "b c d e f g h j k l m n o p q r s t u v w x y z").Split(' ');

    /// <summary>Words that often begin sentences.</summary>
    public static IReadOnlyList<string> Starters { get; } = (
        "the this that these those it he she we they you i in on at by for from with as if when while after before since although though however but and so there here " +
        "what who why how where also additionally moreover furthermore finally first second third next then please some many most all each every no not our your their his her its my").Split(' ');

    /// <summary>Words that follow an initial's full stop without belonging to it: "ask Mr. A. Came too late".</summary>
    public static IReadOnlyList<string> Following { get; } = "came went took gave saw ran".Split(' ');

    /// <summary>Words that are written small inside sentences and with a capital only at their beginning.</summary>
    public static IReadOnlyList<string> Small { get; } =
    [
        .. Starters.Except(["i"]),
        .. ("a an to of or is are was were be been can could will would should may might must do does did has have had let make use get keep take give go see try add " +
            "ask avoid be begin bring build call check choose come consider create don't ensure find follow help hold just know learn look only provide read remember send set " +
            "share show start stay such tell thank think this using want work write yes even another any both during into now once one other over over people perhaps sometimes still thanks " +
            "therefore thus time today together two under until up very well whether which within without").Split(' '),
    ];
}
