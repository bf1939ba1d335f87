# SPDX-License-Identifier: Apache-2.0
# The part that a source file of Husk's belongs to.
function part_of_source(path,    piece) {
    split(path, piece, "/")
    if (piece[1] == ".cache") return "(packages)" # inline functions of their headers
    if (piece[1] == "apps" || piece[1] == "test") return "product"
    return piece[1] == "hv" ? "hv" : piece[1] "/" piece[2]
}
