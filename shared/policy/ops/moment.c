#include "shared/policy/ops/moment.h"
#include "shared/policy/ops/decimal.h"

#include <string.h>

/* ---- the calendar ---- */

enum { DAYS_OF_ERA = 146097 /* 400 years */, YEAR_0 = 719468 /* days from the 1st of March of the year 0 to 1970 */ };

/* Days since 1970 of a date: years begin in March, so that the leap day is the last. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t y = (month <= 2 ? year - 1 : year) + 400; /* an era later, so that nothing is below 0 */
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - YEAR_0 - DAYS_OF_ERA;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* 0 for Monday, of days since 1970, which began with a Thursday. */
static int weekday_of(int64_t days)
{
    return (int)(((days + 3) % 7 + 7) % 7);
}

/* Weeks begin on Monday; the first of a year is the one with its first Thursday. */
static int week_of(int64_t days)
{
    int64_t thursday = days - weekday_of(days) + 3;
    int64_t year = (thursday - days_of(0, 1, 1)) / 366 - 1; /* a guess that is not too late */
    while (days_of(year + 1, 1, 1) <= thursday)
        year++;
    return (int)((thursday - days_of(year, 1, 1)) / 7) + 1;
}

static void set_date(struct ais_moment *moment, int year, int month, int day)
{
    moment->parts[AIS_MOMENT_year] = year;
    moment->parts[AIS_MOMENT_month] = month;
    moment->parts[AIS_MOMENT_day] = day;
    moment->parts[AIS_MOMENT_week] = week_of(days_of(year, month, day));
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

bool ais_moment_of(int64_t seconds, struct ais_moment *ret)
{
    int64_t days = floor_divide(seconds, 86400);
    int of_day = (int)(seconds - days * 86400);
    if (days < days_of(0, 1, 1) || days > days_of(9999, 12, 31))
        return false;
    int year = (int)((days - days_of(0, 1, 1)) / 366), month = 1;
    while (days_of(year + 1, 1, 1) <= days)
        year++;
    while (month < 12 && days_of(year, month + 1, 1) <= days)
        month++;
    ret->parts[AIS_MOMENT_hour] = of_day / 3600;
    ret->parts[AIS_MOMENT_minute] = of_day / 60 % 60;
    set_date(ret, year, month, (int)(days - days_of(year, month, 1)) + 1);
    return true;
}

/* ---- reading ---- */

struct reader {
    const char *at, *end;
};

static bool takes(struct reader *r, const char *any)
{
    if (r->at == r->end || *r->at == '\0' || strchr(any, *r->at) == NULL)
        return false;
    r->at++;
    return true;
}

/* Exactly n digits, of a number from least to most. */
static bool number(struct reader *r, size_t n, int least, int most, int *ret)
{
    int value = 0;
    if ((size_t)(r->end - r->at) < n)
        return false;
    for (size_t i = 0; i < n; i++, r->at++) {
        if (*r->at < '0' || *r->at > '9')
            return false;
        value = value * 10 + (*r->at - '0');
    }
    *ret = value;
    return value >= least && value <= most;
}

static bool read_date(struct reader *r, struct ais_moment *ret)
{
    int year, month, day;
    if (!number(r, 4, 0, 9999, &year) || !takes(r, "-") || !number(r, 2, 1, 12, &month) || !takes(r, "-") ||
        !number(r, 2, 1, days_of_month(year, month), &day))
        return false;
    set_date(ret, year, month, day);
    return true;
}

/* A zone, or nothing. */
static bool read_zone(struct reader *r)
{
    int hours, minutes;
    if (takes(r, "Zz") || r->at == r->end)
        return true;
    if (!takes(r, "+-") || !number(r, 2, 0, 23, &hours))
        return false;
    takes(r, ":");
    return number(r, 2, 0, 59, &minutes);
}

static bool read_time(struct reader *r, struct ais_moment *ret)
{
    int second;
    if (!number(r, 2, 0, 23, &ret->parts[AIS_MOMENT_hour]) || !takes(r, ":") ||
        !number(r, 2, 0, 59, &ret->parts[AIS_MOMENT_minute]))
        return false;
    if (takes(r, ":")) {
        if (!number(r, 2, 0, 60, &second))
            return false;
        if (takes(r, "."))
            while (takes(r, "0123456789"))
                continue;
    }
    return read_zone(r);
}

static bool read_number(struct reader r, struct ais_moment *ret)
{
    struct ais_decimal decimal;
    int64_t whole, units = 1;
    if (ais_decimal_read(r.at, (size_t)(r.end - r.at), &decimal) != AIS_DECIMAL_READ ||
        !ais_decimal_floor(&decimal, &whole))
        return false;
    for (int64_t most = INT64_C(100000000000); whole >= most || whole <= -most; most *= 1000) {
        units *= 1000;
        if (units == 1000000000)
            break;
    }
    return ais_moment_of(floor_divide(whole, units), ret);
}

bool ais_moment_read(const char *text, size_t n, struct ais_moment *ret)
{
    struct reader r = { text, text + n };
    while (takes(&r, " \t\r\n"))
        continue;
    while (r.end > r.at && r.end[-1] != '\0' && strchr(" \t\r\n", r.end[-1]) != NULL)
        r.end--;
    for (size_t i = 0; i < AIS_MOMENT_PART_COUNT; i++)
        ret->parts[i] = -1;
    struct reader date = r;
    if (!read_date(&date, ret))
        return read_number(r, ret);
    if (date.at == date.end)
        return true;
    return takes(&date, "Tt ") && read_time(&date, ret) && date.at == date.end;
}
