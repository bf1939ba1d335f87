# SPDX-License-Identifier: Apache-2.0
# lines.awk FILE...: a line "part lines" for each file, as map.awk names parts: lines of C or assembler that are
# neither blank nor comment alone.
function part_of(path,    piece) {
    split(path, piece, "/")
    if (piece[1] == "apps" || piece[1] == "test") return "product"
    return piece[1] == "hv" ? "hv" : piece[1] "/" piece[2]
}
FNR == 1 { in_comment = 0 }
{
    line = $0
    gsub(/"([^"\\]|\\.)*"/, "s", line) # a string holds no comment
    code = ""
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (!at) break
            line = substr(line, at + 2)
            in_comment = 0
        } else if (match(line, /\/\*|\/\//)) {
            code = code substr(line, 1, RSTART - 1)
            if (substr(line, RSTART, 2) == "//") break
            line = substr(line, RSTART + 2)
            in_comment = 1
        } else {
            code = code line
            break
        }
    }
    if (code ~ /[^ \t\r\f]/) lines[FILENAME]++
}
END { for (file in lines) print part_of(file), lines[file] }
