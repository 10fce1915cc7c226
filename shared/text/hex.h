/* Hexadecimal digits. */
#ifndef AIS_SHARED_TEXT_HEX_H
#define AIS_SHARED_TEXT_HEX_H

/* The value of one; -1: it is none. */
static inline int ais_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

#endif
