using System.Numerics;

namespace TSpin.Randomness;

/// <summary>
/// Python's <c>random.Random</c>, number for number: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) seeded by an integer, and what Python 3 draws from it. For choices that
/// other programs made with it, such as the few-shot examples of lm-evaluation-harness. Not thread-safe; not for cryptography.
/// </summary>
public sealed class PythonRandom
{
    private const int Words = 624;
    private const int Middle = 397;
    private readonly uint[] _state = new uint[Words];
    private int _next = Words;

    /// <summary>As <c>random.Random(seed)</c>.</summary>
    /// <param name="seed">Any integer; its sign does not count, as in Python.</param>
    public PythonRandom(BigInteger seed)
    {
        var bytes = BigInteger.Abs(seed).ToByteArray(isUnsigned: true);
        var key = new uint[Math.Max(1, (bytes.Length + 3) / 4)];
        for (var i = 0; i < bytes.Length; i++)
        {
            key[i / 4] |= (uint)bytes[i] << (8 * (i % 4));
        }

        Begin(19650218);
        Mix(key);
    }

    /// <summary>As <c>random()</c>.</summary>
    /// <returns>A number of 53 bits, uniform over [0, 1).</returns>
    public double NextDouble()
    {
        var (high, low) = (NextWord() >> 5, NextWord() >> 6);
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>As <c>randrange(count)</c>, and what <c>sample</c>, <c>shuffle</c> and <c>choice</c> draw with.</summary>
    /// <param name="count">At least 1.</param>
    /// <returns>Uniform from 0 to <paramref name="count"/> - 1.</returns>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var bits = 32 - BitOperations.LeadingZeroCount((uint)count);
        uint drawn;
        do
        {
            drawn = NextWord() >> (32 - bits);
        }
        while (drawn >= (uint)count);
        return (int)drawn;
    }

    /// <summary>As <c>choice(items)</c>.</summary>
    /// <typeparam name="T">Anything.</typeparam>
    /// <param name="items">At least one.</param>
    /// <returns>One of them.</returns>
    public T Choice<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>As <c>shuffle(items)</c>, in place.</summary>
    /// <typeparam name="T">Anything.</typeparam>
    /// <param name="items">Any number.</param>
    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>As <c>sample(items, count)</c>: different places, in the order drawn.</summary>
    /// <typeparam name="T">Anything.</typeparam>
    /// <param name="items">At least <paramref name="count"/>.</param>
    /// <param name="count">How many.</param>
    /// <returns>As many.</returns>
    public T[] Sample<T>(IReadOnlyList<T> items, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, items.Count);
        var result = new T[count];
        // Python keeps a list of what is left where that is smaller than a set of what is taken; the two draw differently.
        var setSize = 21 + (count > 5 ? Math.Pow(4, Math.Ceiling(Math.Log(count * 3.0) / Math.Log(4))) : 0);
        if (items.Count <= setSize)
        {
            T[] left = [.. items];
            for (var i = 0; i < count; i++)
            {
                var j = Below(left.Length - i);
                result[i] = left[j];
                left[j] = left[left.Length - i - 1];
            }

            return result;
        }

        var taken = new HashSet<int>();
        for (var i = 0; i < count; i++)
        {
            int j;
            do
            {
                j = Below(items.Count);
            }
            while (!taken.Add(j));
            result[i] = items[j];
        }

        return result;
    }

    private uint NextWord()
    {
        if (_next == Words)
        {
            Twist();
        }

        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        for (var i = 0; i < Words; i++)
        {
            var y = (_state[i] & 0x80000000) | (_state[(i + 1) % Words] & 0x7fffffff);
            _state[i] = _state[(i + Middle) % Words] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }

        _next = 0;
    }

    private void Begin(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Words; i++)
        {
            _state[i] = (1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        }
    }

    // The twister's own init_by_array.
    private void Mix(uint[] key)
    {
        var (i, j) = (1, 0);
        for (var k = Math.Max(Words, key.Length); k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            Step(ref i);
            j = (j + 1) % key.Length;
        }

        for (var k = Words - 1; k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            Step(ref i);
        }

        _state[0] = 0x80000000;
    }

    private void Step(ref int i)
    {
        if (++i == Words)
        {
            _state[0] = _state[Words - 1];
            i = 1;
        }
    }
}
