# SPDX-License-Identifier: Apache-2.0
# files.awk -v root=DIR/ -v build=DIR/ inputs deps: of `ninja -t deps`, the files below root, but for those below
# build and headers of packages below .cache, that the objects among `inputs` were made of, and those that were made of the source files among them.
FILENAME == ARGV[1] { wanted[$0]; next }
/^[^ ]/ {
    object = $0
    sub(/: #deps.*/, "", object)
    number = 0
    next
}
/^ / {
    sub(/^ +/, "")
    while (sub(/\/[^\/]+\/\.\.\//, "/")) {
    }
    if (++number == 1) of_image = object in wanted || $0 in wanted
    if (of_image && index($0, root) == 1 && index($0, build) != 1 && index($0, root ".cache/") != 1) print substr($0, length(root) + 1)
}
