# SPDX-License-Identifier: Apache-2.0
# parts.awk -v root=DIR/ -v build=DIR/ -v inputs=FILE: lines of contents.sh to lines "part kind bytes". Parts: the
# library, "hv", "platforms/<name>", "product", "picolibc", ...; "(linker)", "(compiler)": what they made of all of it.
# FILE gets what the parts are made of: objects, and source files.
function part_of_object(path,    part) {
    if (match(path, /libhusk_[a-z0-9_]*\.a/)) {
        part = substr(path, RSTART + 8, RLENGTH - 10)
        gsub(/_/, "-", part)
        if (part == "platform" && match(path, /platforms\/[^\/]*/)) return substr(path, RSTART, RLENGTH)
        return part ~ /^hv/ ? "hv" : "lib/" part
    }
    if (path ~ /picolibc/) return "picolibc"
    if (match(path, /lib[a-z0-9]*\.a/)) return substr(path, RSTART, RLENGTH - 2)
    if (path ~ /CMakeFiles/) return "product"
    return "(linker)"
}
# The object of an archive's member, as CMake names it.
function object_of(path,    archive, member, stem) {
    if (path !~ /\.a\(/) return path
    archive = member = path
    sub(/\.a\(.*/, "", archive)
    sub(/.*\.a\(/, "", member); sub(/\)$/, "", member)
    stem = archive
    sub(/.*\/lib/, "", stem)
    sub(/\/[^\/]*$/, "", archive)
    return archive "/CMakeFiles/" stem ".dir/" member
}
{
    path = $0
    sub(/^[^ ]+ [^ ]+ [^ ]+ ?/, "", path)
}
$1 == "total" { print }
$1 == "other" { print "(compiler)", $2, $3 }
$1 == "object" {
    part = part_of_object(path)
    print part, $2, $3
    if (path ~ /\.obj\)?$/ && part !~ /^(picolibc|fdt|gcc)$/) print object_of(path) >inputs
}
$1 == "source" {
    print index(path, build) == 1 || index(path, root) != 1 ? "product" : part_of_source(substr(path, length(root) + 1)), $2, $3
    print path >inputs
}
