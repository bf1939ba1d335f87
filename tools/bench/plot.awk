# SPDX-License-Identifier: Apache-2.0
# plot.awk -v title=TEXT figures.tsv: table.awk's figures of one VM as SVG: a bar for the median, a line at the goal,
# a second bar for Xen where it was measured. Logarithmic, as the figures span six decades.
function escape(text) {
    gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
    return text
}
function x(value) { return left + (value <= 1 ? 0 : log(value) / log(10) * decade) }
function say(text) { body = body text "\n" }
function bar(value, top, colour, what) {
    say(sprintf("<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"9\" fill=\"%s\"><title>%s: %d</title></rect>",
        left, top, x(value) - left, colour, what, value))
    say(sprintf("<text x=\"%.1f\" y=\"%d\" class=\"n\">%d</text>", x(value) + 4, top + 8, value))
}
BEGIN { FS = "\t"; left = 330; decade = 75; y = 60 }
$2 == 4 || $2 "" == "0" { next }
{
    if ($1 != gic) {
        gic = $1
        say(sprintf("<text x=\"10\" y=\"%d\" class=\"h\">GICv%s</text>", y + 14, gic))
        y += 24
    }
    say(sprintf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", left - 8, y + 10, escape($16)))
    bar($6, y, $14 ~ /^ok/ ? "#2a7f3f" : $14 == "over" ? "#d08700" : "#b3261e", "Husk")
    from = y - 2
    if ($15 != "-") { y += 11; bar($15, y, "#8a94a6", "Xen") }
    if ($11 != "-") say(sprintf("<path d=\"M%.1f %dV%d\" class=\"g\"><title>goal: %d</title></path>", x($11), from, y + 11, $11))
    y += 18
}
END {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1020\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n", y + 20
    print "<style>.h{font-size:14px;font-weight:bold}.n{font-size:9px;fill:#444}.g{stroke:#000;stroke-width:2}.d{stroke:#ddd}</style>"
    printf "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"10\" y=\"20\" class=\"h\">Executed at EL2, median: instructions, not time</text>\n"
    printf "<text x=\"10\" y=\"38\">%s. Green: within the goal (black line); amber: above it; grey: Xen.</text>\n", escape(title)
    for (i = 0; i <= 8; i++) {
        printf "<path d=\"M%d 48V%d\" class=\"d\"/><text x=\"%d\" y=\"%d\" class=\"n\" text-anchor=\"middle\">10^%d</text>\n",
            left + i * decade, y, left + i * decade, y + 12, i
    }
    printf "%s</svg>\n", body
}
