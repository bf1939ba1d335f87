# SPDX-License-Identifier: Apache-2.0
# files.awk -v root=DIR/ -v build=DIR/: from `ninja -t deps`, the files below root, but for those below build.
/^ / {
    sub(/^ +/, "")
    while (sub(/\/[^\/]+\/\.\.\//, "/")) {
    }
    if (index($0, root) == 1 && index($0, build) != 1) print substr($0, length(root) + 1)
}
