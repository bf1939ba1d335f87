# SPDX-License-Identifier: Apache-2.0
# source.awk whole lines data: the lines "source" and "other" of contents.sh. whole: of map.awk, a line "kind address
# bytes" for each section; lines: the line tables, by llvm-dwarfdump; data: where each variable of `whole` is declared,
# by llvm-symbolizer.
FILENAME == ARGV[1] {
    left[hex($2)] = $3 # bytes not yet known to be of a file
    if ($1 == "text") text[hex($2)]
    else variable[++variables] = hex($2)
    kind[hex($2)] = $1
    next
}
FILENAME == ARGV[2] && /^include_directories\[/ {
    split($0, word, /[][]|"/)
    folder[word[2] + 0] = word[4] # [number] = "path"
    next
}
FILENAME == ARGV[2] && /^file_names\[/ { split($0, word, /[][]/); number = word[2] + 0; next }
FILENAME == ARGV[2] && / name: "/ { split($0, word, "\""); name[number] = word[2]; next }
FILENAME == ARGV[2] && / dir_index: / { if (name[number] !~ /^\//) name[number] = folder[$2] "/" name[number]; next }
# A row: "0x<16 digits> line column file ...". What was not linked has rows, too, at addresses of their own.
FILENAME == ARGV[2] && /^0x/ {
    address = hex(substr($1, 3))
    if (!in_sequence) {
        section = address in text ? address : -1
        delete text[address] # functions that were found to be the same have one section
    } else if (section >= 0) {
        bytes["text " file] += address - last
        left[section] -= address - last
    }
    in_sequence = $NF != "end_sequence"
    last = address; file = name[$4]
    next
}
FILENAME == ARGV[3] && NF == 0 { at = 0; next }
FILENAME == ARGV[3] && ++at == 1 { section = variable[++answers]; next }
FILENAME == ARGV[3] && at == 3 && /^\// {
    sub(/:[0-9]+$/, "")
    bytes[kind[section] " " $0] += left[section]
    left[section] = 0
}
END {
    for (file in bytes) {
        split(file, word, " ")
        print "source", word[1], bytes[file], substr(file, length(word[1]) + 2)
    }
    for (section in left) if (left[section]) print "other", kind[section], left[section]
}
