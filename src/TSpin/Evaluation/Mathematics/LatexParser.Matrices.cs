namespace TSpin.Evaluation.Mathematics;

/// <summary>Matrices.</summary>
internal sealed partial class LatexParser
{
    private MatrixNode Matrix(string kind)
    {
        // vmatrix is a determinant.
        if ((!kind.EndsWith("matrix", StringComparison.Ordinal) && kind != "array") || kind is "vmatrix" or "Vmatrix")
        {
            throw new LatexException($"\\begin{{{kind}}}");
        }

        if (kind == "array" && Take("{"))
        {
            while (!Take("}"))
            {
                _at += Current.Kind == LatexTokenKind.End ? throw new LatexException("a matrix that does not end") : 1;
            }
        }

        var elements = new List<MathNode>();
        var (rows, columns) = (0, 0);
        while (!TakeCommand("end " + kind))
        {
            var before = elements.Count;
            do
            {
                elements.Add(Sum());
            }
            while (Take("&"));
            rows++;
            columns = rows == 1 ? elements.Count : columns;
            if (elements.Count - before != columns || (!TakeCommand("\\") && Current.Text != "end " + kind))
            {
                throw new LatexException("a matrix that is none");
            }
        }

        return rows > 0 ? new MatrixNode(rows, columns, elements) : throw new LatexException("an empty matrix");
    }
}
