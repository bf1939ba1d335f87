// SPDX-License-Identifier: Apache-2.0
#include <husk/base.h>

const char *husk_err_name(enum husk_err err)
{
    switch (err) {
    case HUSK_OK:
        return "OK";
    case HUSK_EINVAL:
        return "EINVAL";
    case HUSK_ENOMEM:
        return "ENOMEM";
    case HUSK_EOVERLAP:
        return "EOVERLAP";
    case HUSK_ENOENT:
        return "ENOENT";
    case HUSK_ERANGE:
        return "ERANGE";
    case HUSK_ENOTSUP:
        return "ENOTSUP";
    case HUSK_ETIMEDOUT:
        return "ETIMEDOUT";
    case HUSK_EAGAIN:
        return "EAGAIN";
    }
    return "?";
}
