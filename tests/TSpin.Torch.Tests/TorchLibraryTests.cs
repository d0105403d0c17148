using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class TorchLibraryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tspin-torch-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Loaded_library_describes_itself()
    {
        TorchLibrary.EnsureLoaded();
        File.Exists(TorchLibrary.LoadedPath).ShouldBeTrue();
        TorchLibrary.Version.ShouldMatch(@"^\d+\.\d+\.\d+");
        TorchLibrary.Configuration.ShouldContain("BLAS");
        TorchLibrary.Configuration.ShouldContain("hread");
        var (_, path) = TorchLibrary.Load(["/nowhere/at/all.so", TorchLibrary.LoadedPath], TorchLibrary.AbiVersion);
        path.ShouldBe(TorchLibrary.LoadedPath);
    }

    [Fact]
    public void Candidates_start_beside_the_program_and_the_variable_stands_alone()
    {
        var usual = TorchLibrary.Candidates(new TorchOptions()).ToList();
        usual[0].ShouldBe(Path.Combine(AppContext.BaseDirectory, "libtspin_torch.so"));
        usual.ShouldContain(path => path.EndsWith("/runtimes/linux-x64/native/libtspin_torch.so", StringComparison.Ordinal));
        usual.ShouldAllBe(path => Path.IsPathFullyQualified(path));
        TorchLibrary.Candidates(new TorchOptions { LibraryPath = "some/lib.so" }).ShouldBe([Path.GetFullPath("some/lib.so")]);
    }

    [Fact]
    public void Every_path_tried_is_listed_with_its_fault_and_the_cure()
    {
        var missing = Path.Combine(_folder.FullName, "missing.so");
        var text = Path.Combine(_folder.FullName, "text.so");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("this is no library\n", 10)));
        var empty = Path.Combine(_folder.FullName, "empty.so");
        File.WriteAllBytes(empty, []);
        var message = Should.Throw<TorchLibraryException>(() => TorchLibrary.Load([missing, text, empty], TorchLibrary.AbiVersion)).Message;
        message.ShouldContain($"{missing}: no such file");
        LineOf(message, text).ShouldBe($"  {text}: invalid ELF header");
        LineOf(message, empty).ShouldContain("file too short");
        message.ShouldContain("./tspin build");
        message.ShouldContain("apt-get install --no-install-recommends libtorch-dev libopenblas0-openmp");
        message.ShouldContain(TorchOptions.LibraryPathVariable);
    }

    [Fact]
    public void Options_are_what_the_variables_say()
    {
        TorchOptions.FromEnvironment(_ => null).ShouldBe(new TorchOptions());
        TorchOptions.FromEnvironment(_ => "").ShouldBe(new TorchOptions());
        var values = new Dictionary<string, string>
        {
            [TorchOptions.LibraryPathVariable] = "lib.so",
            [TorchOptions.KernelsVariable] = "portable",
            [TorchOptions.GraphsVariable] = "at-once",
            [TorchOptions.HeapVariable] = "libtorch",
            [TorchOptions.NcclVariable] = "off",
        };
        TorchOptions.FromEnvironment(values.GetValueOrDefault).ShouldBe(new TorchOptions { LibraryPath = "lib.so", Kernels = "portable", Graphs = GraphUse.AtOnce, OwnHeap = false, Nccl = "off" });
        new[] { "on", "off", "at-once", "unrecorded" }.Select(value => TorchOptions.FromEnvironment(name => name == TorchOptions.GraphsVariable ? value : null).Graphs)
            .ShouldBe([GraphUse.On, GraphUse.Off, GraphUse.AtOnce, GraphUse.Unrecorded]);
        Refused(TorchOptions.GraphsVariable).ShouldBe("The environment variable TSPIN_GRAPHS is \"yes\"; it may be on, off, at-once or unrecorded.");
        Refused(TorchOptions.HeapVariable).ShouldBe("The environment variable TSPIN_HEAP is \"yes\"; it may be own or libtorch.");

        static string Refused(string variable) => Should.Throw<TorchLibraryException>(() => TorchOptions.FromEnvironment(name => name == variable ? "yes" : null)).Message;
    }

    [Fact]
    public void What_holds_for_the_process_is_said_before_the_library_is_used()
    {
        TorchLibrary.EnsureLoaded();
        Should.Throw<InvalidOperationException>(() => TorchLibrary.Configure(new TorchOptions { OwnHeap = false })).Message.ShouldContain("loaded already");
        TorchLibrary.Options.ShouldBe(TorchOptions.FromEnvironment());
    }

    [Fact]
    public void No_candidates_still_give_the_cure() =>
        Should.Throw<TorchLibraryException>(() => TorchLibrary.Load([], TorchLibrary.AbiVersion)).Message.ShouldContain("./tspin build");

    [Fact]
    public void Library_of_someone_else_is_recognized()
    {
        var stranger = Compile("stranger", "int unrelated() { return 1; }");
        var message = Should.Throw<TorchLibraryException>(() => TorchLibrary.Load([stranger], TorchLibrary.AbiVersion)).Message;
        LineOf(message, stranger).ShouldContain("no ts_abi_version");
    }

    [Fact]
    public void Wrong_version_names_both_numbers_and_the_cure()
    {
        var old = Compile("old", "extern \"C\" int ts_abi_version() { return 4711; }");
        var message = Should.Throw<TorchLibraryException>(() => TorchLibrary.Load([old, TorchLibrary.LoadedPath], TorchLibrary.AbiVersion)).Message;
        message.ShouldContain(old);
        message.ShouldContain("4711");
        message.ShouldContain(TorchLibrary.AbiVersion.ToString(CultureInfo.InvariantCulture));
        message.ShouldContain("rebuild");
    }

    [Fact]
    public void Missing_dependency_is_named()
    {
        var dependency = Compile("libmissing_dependency", "extern \"C\" int needed() { return 1; }");
        var dependent = Compile("dependent", "extern \"C\" int needed(); extern \"C\" int ts_abi_version() { return needed(); }", $"-L{_folder.FullName}", "-lmissing_dependency");
        File.Delete(dependency);
        var message = Should.Throw<TorchLibraryException>(() => TorchLibrary.Load([dependent], TorchLibrary.AbiVersion)).Message;
        LineOf(message, dependent).ShouldContain("libmissing_dependency.so: cannot open shared object file");
        message.ShouldContain("ldd");
    }

    private static string LineOf(string message, string path) => message.Split('\n').Single(line => line.Contains($"  {path}: ", StringComparison.Ordinal));

    private string Compile(string name, string source, params string[] options)
    {
        var sourcePath = Path.Combine(_folder.FullName, name + ".cpp");
        var library = Path.Combine(_folder.FullName, name + ".so");
        File.WriteAllText(sourcePath, source);
        try
        {
            using var compiler = Process.Start("g++", ["-shared", "-fPIC", sourcePath, "-o", library, .. options]);
            compiler.WaitForExit();
            compiler.ExitCode.ShouldBe(0);
        }
        catch (Win32Exception)
        {
            Assert.Skip("g++ is not installed");
        }

        return library;
    }
}
