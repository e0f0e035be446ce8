/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/number.h"

int number_digit(char c, unsigned base) {
        unsigned digit;

        if (c >= '0' && c <= '9')
                digit = (unsigned) (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
                digit = (unsigned) ((c | 0x20) - 'a') + 10;
        else
                return -1;

        return digit < base ? (int) digit : -1;
}

size_t number_take(const char *text, size_t n_text, unsigned base, uint64_t maximum,
                   uint64_t *ret_number) {

        uint64_t number = 0;
        size_t n = 0;
        int digit;

        for (; n < n_text && (digit = number_digit(text[n], base)) >= 0; n++)
                if (__builtin_mul_overflow(number, base, &number) ||
                    __builtin_add_overflow(number, (uint64_t) digit, &number))
                        return 0;

        if (n == 0 || number > maximum)
                return 0;

        *ret_number = number;
        return n;
}

bool number_parse(const char *text, unsigned base, uint64_t maximum, uint64_t *ret_number) {
        uint64_t number;
        size_t n;

        n = number_take(text, SIZE_MAX, base, maximum, &number);
        if (n == 0 || text[n] != '\0')
                return false;

        *ret_number = number;
        return true;
}

bool number_parse_any_base(const char *text, uint64_t maximum, uint64_t *ret_number) {
        if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
                return number_parse(text + 2, 16, maximum, ret_number);

        return number_parse(text, 10, maximum, ret_number);
}
