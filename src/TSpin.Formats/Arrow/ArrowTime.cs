using System.Globalization;
using Apache.Arrow.Types;

namespace TSpin.Arrow;

/// <summary>Dates and times as text that loses nothing; null for what the calendar does not have.</summary>
internal static class ArrowTime
{
    private const int FirstDay = 719_162;
    private const int LastDay = 2_932_896;

    /// <summary>A day.</summary>
    /// <param name="days">Days since 1970-01-01.</param>
    /// <returns>For example <c>1969-12-31</c>.</returns>
    public static string? Day(long days) => days is >= -FirstDay and <= LastDay
        ? DateOnly.FromDayNumber((int)(days + FirstDay)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : null;

    /// <summary>A time of day.</summary>
    /// <param name="time">Units since midnight.</param>
    /// <param name="unit">The unit.</param>
    /// <returns>For example <c>01:02:03.004</c>.</returns>
    public static string? OfDay(long time, TimeUnit unit)
    {
        var (perSecond, digits) = Scale(unit);
        if (time < 0 || time >= 86_400 * perSecond)
        {
            return null;
        }

        var seconds = time / perSecond;
        var fraction = digits == 0 ? "" : "." + (time % perSecond).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
        return $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}{fraction}";
    }

    /// <summary>A day and a time of day.</summary>
    /// <param name="time">Units since 1970.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="isUtc">Whether it is an instant rather than a local time.</param>
    /// <returns>For example <c>1969-12-31T23:59:59.999999Z</c>.</returns>
    public static string? Instant(long time, TimeUnit unit, bool isUtc)
    {
        var perDay = 86_400 * Scale(unit).PerSecond;
        var days = (time / perDay) - (time % perDay < 0 ? 1 : 0);
        return Day(days) is { } day ? $"{day}T{OfDay(time - (days * perDay), unit)}{(isUtc ? "Z" : "")}" : null;
    }

    private static (long PerSecond, int Digits) Scale(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => (1, 0),
        TimeUnit.Millisecond => (1_000, 3),
        TimeUnit.Microsecond => (1_000_000, 6),
        _ => (1_000_000_000, 9),
    };
}
