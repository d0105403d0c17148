using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shouldly;
using TSpin.Tokenizers.Patterns;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>
/// Members of every class of regular expressions over all of Unicode, as Hugging Face's tokenizers 0.23.2 has them (its Oniguruma knows
/// Unicode 16): what a Replace by nothing left of a text of all code points, as number of members and a hash of their ranges.
/// </summary>
public sealed class PatternClassTests
{
    private const string Recorded = """
        \s 25 afdc9bc9e150
        \d 760 f9f26953cf88
        \w 144671 b56658ed667f
        [\w] 144665 5d6c88115522
        \h 22 ce629021bc8a
        [[:alpha:]] 142759 dd7d10b204fc
        [[:digit:]] 760 f9f26953cf88
        [[:alnum:]] 143519 cb3218db3e5d
        [[:space:]] 25 afdc9bc9e150
        [[:punct:]] 9369 c87dc1d83f4d
        [[:upper:]] 1978 b09ba006774e
        [[:lower:]] 2569 08de77b668d0
        [[:blank:]] 18 0a14bd5814e6
        [[:cntrl:]] 64 15df44395772
        [[:graph:]] 161633 51679c3f2541
        [[:print:]] 161650 b8641527bc30
        [[:xdigit:]] 22 ce629021bc8a
        [[:word:]] 144665 5d6c88115522
        [[:ascii:]] 127 cafb3a546704
        \p{L} 141028 e327924c9a6e
        \p{Lu} 1858 dcb82820d867
        \p{Ll} 2258 2bf32c7871fa
        \p{Lt} 31 9e9d4fcc8f29
        \p{Lm} 404 fa77e6b7a4cc
        \p{Lo} 136477 9217640837d7
        \p{LC} 4147 e1239d418586
        \p{M} 2501 b27fa04b0002
        \p{Mn} 2020 f15018f00caa
        \p{Mc} 468 21c5e3ccca8c
        \p{Me} 13 9288e042de89
        \p{N} 1911 a7e94fc7d8a9
        \p{Nd} 760 f9f26953cf88
        \p{Nl} 236 2302e1523ab0
        \p{No} 915 5683e2d9ac93
        \p{P} 855 d3804928ac02
        \p{Pc} 10 ead35acc6aac
        \p{Pd} 27 ac5c90b310e0
        \p{Ps} 79 0cc968bc6774
        \p{Pe} 77 c8b3e563e926
        \p{Pi} 12 20ee3135f599
        \p{Pf} 10 d515d77c7f9c
        \p{Po} 640 a112a28f821f
        \p{S} 8514 4d2880bfd171
        \p{Sm} 950 8cea52bc9cba
        \p{Sc} 63 844fd2a2d6d7
        \p{Sk} 125 f4e246a14419
        \p{So} 7376 7b00489448f5
        \p{Z} 19 c042bc2a8773
        \p{Zs} 17 815f4e6e80b9
        \p{Zl} 1 223c6ff92f1a
        \p{Zp} 1 a3a74b5d28d1
        \p{Cc} 64 15df44395772
        \p{Cf} 170 0258b416d6a0
        \p{Co} 6654 474ce09e88e1
        \p{Cn} 42827 b3abb9ca583b
        \p{C} 49715 da1a3b121845
        \p{Assigned} 161716 2fea8427ece2
        \p{Alphabetic} 142759 dd7d10b204fc
        \p{Uppercase} 1978 b09ba006774e
        \p{Lowercase} 2569 08de77b668d0
        \p{White_Space} 25 afdc9bc9e150
        \p{Punct} 855 d3804928ac02
        \p{Word} 144671 b56658ed667f
        \p{Alnum} 143519 cb3218db3e5d
        \p{Han} 99030 6b232d7321d9
        \p{Hiragana} 381 ed20042a04b7
        \p{Katakana} 321 8cb99169743c
        \p{Hangul} 11739 9555c4e3c7c2
        \p{Thai} 86 32adeff11b15
        \p{Lao} 83 1ef9e605ce2c
        \p{Khmer} 146 8c304fd00c75
        \p{Myanmar} 243 0a85ec826b23
        \p{Hebrew} 134 8651268023d3
        \p{Devanagari} 164 2bd7b800059f
        \p{Bengali} 96 07a2c5acc9e7
        \p{Tamil} 123 222f07e2d3bb
        \p{Tibetan} 207 c93608d8d725
        \p{Latin} 1487 c0cf2142b393
        \p{Greek} 518 b699aa43ff05
        \p{Cyrillic} 508 b69b7b3465c6
        \p{Arabic} 1373 1172766207c1
        \p{Armenian} 96 b4a6cd47fe36
        \p{Georgian} 173 2c14f18e94c4
        \p{Mongolian} 168 61245341ae52
        \p{Ethiopic} 523 e5a3983c8e5f
        \p{Gujarati} 91 340a53c451de
        \p{Gurmukhi} 80 6c1b9af7b21a
        \p{Kannada} 91 f77b0a791109
        \p{Malayalam} 118 c7c39c6dbb73
        \p{Telugu} 100 2df13a9fdd1e
        \p{Sinhala} 111 975e66fc4fc5
        \p{Oriya} 91 460596138e24
        \p{Bopomofo} 77 db8eb6632fad
        \p{Syriac} 88 e9c3aeed5940
        \p{Thaana} 50 d09de23fd247
        """;

    [Fact]
    public void Classes_have_the_members_that_tokenizers_gives_them()
    {
        var points = Enumerable.Range(1, 0x323FF).Where(point => point is < 0xD800 or > 0xDFFF).Concat(Enumerable.Range(0xE0000, 0x200)).Concat(Enumerable.Range(0x10FF00, 0x100)).ToArray();
        var text = string.Concat(points.Select(char.ConvertFromUtf32));
        var different = new List<string>();
        foreach (var row in Recorded.Split('\n').Select(line => line.Split(' ')))
        {
            var matches = new List<(int Start, int End)>();
            new Pattern(row[0] + "+").FindAll(text, matches);
            var members = matches.SelectMany(match => text[match.Start..match.End].EnumerateRunes().Select(rune => rune.Value)).ToList();
            if (members.Count.ToString(CultureInfo.InvariantCulture) != row[1] || Hash(members) != row[2])
            {
                different.Add($"{row[0]}: {members.Count} members, recorded {row[1]}");
            }
        }

        different.ShouldBeEmpty();
    }

    private static string Hash(List<int> members)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var member in members)
        {
            if (ranges is [.., var last] && last.Last == member - 1)
            {
                ranges[^1] = (last.First, member);
            }
            else
            {
                ranges.Add((member, member));
            }
        }

        var text = string.Join(' ', ranges.Select(range => $"{range.First:X}-{range.Last:X}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }
}
