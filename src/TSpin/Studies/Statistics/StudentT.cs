namespace TSpin.Studies.Statistics;

/// <summary>Quantiles of Student's t.</summary>
public static class StudentT
{
    private const int Steps = 4000;

    /// <summary>
    /// Where 97.5% lie below. With t = sqrt(n) tan(a) the density is cos(a)^(n - 1): Simpson's rule up to the angle
    /// that holds 95% of it to both sides.
    /// </summary>
    /// <param name="degrees">Degrees of freedom, at least 1; infinity is the normal distribution.</param>
    /// <returns>12.706 for 1, 2.776 for 4, 1.960 for infinity.</returns>
    public static double Quantile975(double degrees)
    {
        const double normal = 1.959963984540054;
        if (degrees > 10_000)
        {
            return normal;
        }

        var wanted = 0.95 * Integral(Math.PI / 2, degrees);
        var (low, high) = (0.0, Math.PI / 2);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Integral(middle, degrees) < wanted ? (middle, high) : (low, middle);
        }

        return Math.Sqrt(degrees) * Math.Tan(low);
    }

    private static double Integral(double angle, double degrees)
    {
        var (width, sum) = (angle / Steps, 1 + Math.Pow(Math.Max(0, Math.Cos(angle)), degrees - 1));
        for (var i = 1; i < Steps; i++)
        {
            sum += (i % 2 == 1 ? 4 : 2) * Math.Pow(Math.Cos(i * width), degrees - 1);
        }

        return sum * width / 3;
    }
}
