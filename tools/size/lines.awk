# SPDX-License-Identifier: Apache-2.0
# part.awk, lines.awk FILE...: a line "part lines" for each file: lines of C or assembler that are neither blank
# nor comment alone.
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
END { for (file in lines) print part_of_source(file), lines[file] }
