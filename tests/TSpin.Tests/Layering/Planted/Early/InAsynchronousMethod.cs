namespace TSpin.Tests.Layering.Planted.Early;

internal static class InAsynchronousMethod
{
    public static async Task<object> Make()
    {
        await Task.Yield();
        return new Late.Made();
    }
}
