// SPDX-License-Identifier: Apache-2.0
/* Never run: holds all objects of all libraries, so that coverage-report knows every line. */
int main(void)
{
    return 0;
}
