using System.Globalization;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Dates as C's <c>strftime</c> writes them in English.</summary>
internal static class Strftime
{
    public static string Format(DateTime time, string format)
    {
        var result = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 >= format.Length)
            {
                result.Append(format[at]);
                continue;
            }

            var flag = format[++at] is '-' or '_' or '0' or '^' && at + 1 < format.Length ? format[at++] : '\0';
            var piece = Piece(time, format[at]) ?? (flag == '\0' ? "%" : "%" + flag) + format[at];
            result.Append(flag switch
            {
                '-' => piece.Length > 1 ? piece.TrimStart('0', ' ') is { Length: > 0 } rest ? rest : "0" : piece,
                '_' => piece.TrimStart('0').PadLeft(piece.Length),
                '^' => piece.ToUpperInvariant(),
                _ => piece,
            });
        }

        return result.ToString();
    }

    private static string? Piece(DateTime time, char letter) => letter switch
    {
        'a' => Text(time, "ddd"),
        'A' => Text(time, "dddd"),
        'b' or 'h' => Text(time, "MMM"),
        'B' => Text(time, "MMMM"),
        'c' => $"{Text(time, "ddd MMM")} {time.Day,2} {Text(time, "HH:mm:ss yyyy")}",
        'C' => Number(time.Year / 100, 2),
        'd' => Text(time, "dd"),
        'D' or 'x' => Text(time, "MM/dd/yy"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'f' => Text(time, "ffffff"),
        'F' => Text(time, "yyyy-MM-dd"),
        'G' => Number(ISOWeek.GetYear(time), 4),
        'H' => Text(time, "HH"),
        'I' => Text(time, "hh"),
        'j' => Number(time.DayOfYear, 3),
        'm' => Text(time, "MM"),
        'M' => Text(time, "mm"),
        'n' => "\n",
        'p' => Text(time, "tt"),
        'r' => Text(time, "hh:mm:ss tt"),
        'R' => Text(time, "HH:mm"),
        's' => Number((int)new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds(), 1),
        'S' => Text(time, "ss"),
        't' => "\t",
        'T' or 'X' => Text(time, "HH:mm:ss"),
        'u' => Number(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1),
        'U' => Number((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2),
        'V' => Number(ISOWeek.GetWeekOfYear(time), 2),
        'w' => Number((int)time.DayOfWeek, 1),
        'W' => Number((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7, 2),
        'y' => Text(time, "yy"),
        'Y' => Number(time.Year, 1),
        'z' or 'Z' => "",
        '%' => "%",
        _ => null,
    };

    private static string Text(DateTime time, string format) => time.ToString(format, CultureInfo.InvariantCulture);

    private static string Number(int number, int digits) => number.ToString("D" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
