"""A table as CSV, Markdown and LaTeX. All take a list of column names and a list of rows of text."""

import csv
import io

LATEX = {
    "&": r"\&",
    "%": r"\%",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "±": r"$\pm$",
    "\\": r"\textbackslash{}",
    "~": r"\~{}",
}


def csv_text(names, rows):
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return stream.getvalue()


def markdown(names, rows):
    def line(cells):
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"

    return line(names) + "|" + "---|" * len(names) + "\n" + "".join(line(row) for row in rows)


def escaped(cell):
    return "".join(LATEX.get(letter, letter) for letter in cell)


def latex(names, rows, caption, notes):
    def line(cells):
        return "    " + " & ".join(escaped(cell) for cell in cells) + " \\\\\n"

    return (
        "\\begin{table}\n  \\caption{"
        + escaped(caption)
        + "}\n  \\begin{tabular}{"
        + "l" * len(names)
        + "}\n    \\hline\n"
        + line(names)
        + "    \\hline\n"
        + "".join(line(row) for row in rows)
        + "    \\hline\n  \\end{tabular}\n"
        + "".join(f"  \\par\\footnotesize {escaped(note)}\n" for note in notes)
        + "\\end{table}\n"
    )
