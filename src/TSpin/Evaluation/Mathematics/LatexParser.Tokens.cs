using System.Globalization;
using System.Numerics;

namespace TSpin.Evaluation.Mathematics;

/// <summary>Pieces one by one, numbers, and how deep the reading is.</summary>
internal sealed partial class LatexParser
{
    // Where a number was cut in two that are not to be joined again.
    private int _split = -1;

    private LatexToken Current => Peek(0);

    private MathNode Number()
    {
        var text = Current.Text;
        _at++;
        while (!_dialect.HasCollections && _at != _split && Current is { Kind: LatexTokenKind.Number } more
            && !text.Contains('.', StringComparison.Ordinal))
        {
            // A space within a number, as in 10\,000.
            text += more.Text;
            _at++;
        }

        if (text.Length > MostDigits)
        {
            throw new LatexException("too long a number");
        }

        while (!_dialect.HasCollections && _at != _split && Current is { Kind: LatexTokenKind.Sign, Text: "," }
            && Peek(1) is { Kind: LatexTokenKind.Number } next && next.Text.Split('.')[0].Length == 3
            && !text.Contains('.', StringComparison.Ordinal))
        {
            text += next.Text;
            _at += 2;
        }

        if (!_dialect.HasCollections && Current is { Kind: LatexTokenKind.Sign, Text: "." })
        {
            throw new LatexException($"'{text}.' without a digit behind the point");
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var digits = BigInteger.Parse(point < 0 ? text : text.Remove(point, 1), NumberStyles.None,
            CultureInfo.InvariantCulture);
        var under = point < 0 ? BigInteger.One : BigInteger.Pow(10, text.Length - point - 1);
        var number = point < 0 ? NumberNode.Of(digits) : Rational(digits, under) with { IsFloat = true };
        if (!_dialect.HasCollections)
        {
            return number;
        }

        if (Take("_"))
        {
            // The base of a number system, which math_verify passes over.
            Script();
        }

        return number;
    }

    private LatexToken Peek(int ahead)
    {
        while (_tokens.Count <= _at + ahead)
        {
            _tokens.Add(_source.MoveNext() ? _source.Current : new LatexToken(LatexTokenKind.End, "the end"));
        }

        return _tokens[_at + ahead];
    }

    private bool Take(string sign)
    {
        var isThere = Current.Kind == LatexTokenKind.Sign && Current.Text == sign;
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private bool TakeCommand(string name)
    {
        var isThere = Current.Kind == LatexTokenKind.Command && Current.Text == name;
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private void Expect(string sign)
    {
        if (!Take(sign))
        {
            throw new LatexException($"'{Current.Text}' where '{sign}' is needed");
        }
    }

    private Level Deeper() => ++_depth <= Deepest ? new Level(this) : throw new LatexException("too deep");

    private readonly struct Level(LatexParser parser) : IDisposable
    {
        public void Dispose() => parser._depth--;
    }
}
