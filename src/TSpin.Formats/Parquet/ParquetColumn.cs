namespace TSpin.Parquet;

/// <summary>A column of a Parquet file as a user sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in words, such as <c>list&lt;struct&lt;content: text, role: text&gt;&gt;</c>.</param>
public sealed record ParquetColumn(string Name, string Type);
