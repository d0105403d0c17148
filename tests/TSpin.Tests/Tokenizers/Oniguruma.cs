using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>Oniguruma itself (Debian's libonig5), the regular expressions of Hugging Face's tokenizers, with its default syntax as there.</summary>
internal static unsafe class Oniguruma
{
    private static readonly nint Library = NativeLibrary.TryLoad("libonig.so.5", out var library) ? library : 0;
    // Everything below is a limit that was reached.
    private const int NoMatch = -1;

    private static bool _isReady;

    /// <summary>Skips the running test when the library is not there.</summary>
    public static void Require()
    {
        Assert.SkipUnless(Library != 0, "libonig.so.5 is absent (apt-get install libonig5)");
        if (!_isReady)
        {
            var encoding = NativeLibrary.GetExport(Library, "OnigEncodingUTF8");
            ((delegate* unmanaged[Cdecl]<nint*, int, int>)NativeLibrary.GetExport(Library, "onig_initialize"))(&encoding, 1);
            _isReady = true;
        }
    }

    /// <summary>All matches as ranges of UTF-16 units, found one after another as tokenizers does; null when the pattern is refused, with the reason; null for a text that takes too long.</summary>
    public static List<(int Start, int End)>?[]? FindAll(string pattern, IReadOnlyList<string> texts, out string? refusal)
    {
        refusal = null;
        var bytes = Encoding.UTF8.GetBytes(pattern);
        nint made;
        var fault = stackalloc nint[4];
        fixed (byte* start = bytes)
        {
            var make = (delegate* unmanaged[Cdecl]<nint*, byte*, byte*, uint, nint, nint, nint*, int>)NativeLibrary.GetExport(Library, "onig_new");
            var status = make(&made, start, start + bytes.Length, 0, NativeLibrary.GetExport(Library, "OnigEncodingUTF8"), *(nint*)NativeLibrary.GetExport(Library, "OnigDefaultSyntax"), fault);
            if (status != 0)
            {
                refusal = $"Oniguruma's error {status}";
                return null;
            }
        }

        var regex = made;
        try
        {
            return [.. texts.Select(text => Matches(regex, text))];
        }
        finally
        {
            ((delegate* unmanaged[Cdecl]<nint, void>)NativeLibrary.GetExport(Library, "onig_free"))(regex);
        }
    }

    private static List<(int Start, int End)>? Matches(nint regex, string text)
    {
        var search = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, byte*, int*, uint, int>)NativeLibrary.GetExport(Library, "onig_search");
        var region = ((delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(Library, "onig_region_new"))();
        var bytes = Encoding.UTF8.GetBytes(text + "\0");
        var length = bytes.Length - 1;
        List<(int, int)>? found = [];
        fixed (byte* start = bytes)
        {
            var (at, lastEnd) = (0, -1);
            while (at <= length)
            {
                var status = search(regex, start, start + length, start + at, start + length, (int*)region, 0);
                if (status < 0)
                {
                    found = status == NoMatch ? found : null;
                    break;
                }

                // struct re_registers: allocated, num_regs, beg, end.
                var (from, to) = (*((int**)region)[1], *((int**)region)[2]);
                if (from == to && lastEnd == to)
                {
                    at += RuneLength(bytes[at]);
                    continue;
                }

                found!.Add((Encoding.UTF8.GetCharCount(bytes, 0, from), Encoding.UTF8.GetCharCount(bytes, 0, to)));
                (at, lastEnd) = (to, to);
            }
        }

        ((delegate* unmanaged[Cdecl]<nint, int, void>)NativeLibrary.GetExport(Library, "onig_region_free"))(region, 1);
        return found;
    }

    private static int RuneLength(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}
