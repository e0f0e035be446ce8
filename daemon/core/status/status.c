/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Two tables, of what is there once and of what each failure has, say which key is which member.
 * Writer and parser go by them, so that they cannot disagree.
 */

#include "core/status/status.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/diagnosis/diagnosis.h"
#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/base/text.h"

#define KEY_MAX_BYTES 64
/* A text of the longest member, each character with a backslash. */
#define STATUS_LINE_MAX_BYTES (KEY_MAX_BYTES + 2 * HISTORY_TEXT_MAX_BYTES)
#define REALTIME_SUFFIX "_REALTIME"
#define BOOTTIME_SUFFIX "_BOOTTIME"
#define FAILURE_PREFIX "FAILURE_"

typedef enum FieldType {
        FIELD_COUNT,   /* uint64_t; the others are left out if there is nothing */
        FIELD_NUMBER,  /* uint64_t */
        FIELD_TEXT,    /* char[] */
        FIELD_ADDRESS, /* struct in_addr */
        FIELD_TIME,    /* uint64_t of CLOCK_BOOTTIME; two keys, one for each clock */
} FieldType;

typedef struct Field {
        const char *key;
        FieldType type;
        size_t offset;
        size_t n_bytes;
} Field;

#define FIELD(type, key, struct_type, member) \
        { key, type, offsetof(struct_type, member), sizeof(((struct_type *) NULL)->member) }

static const Field status_fields[] = {
        FIELD(FIELD_TEXT, "TUNNEL", Status, tunnel),
        FIELD(FIELD_TEXT, "STATE", Status, state),
        FIELD(FIELD_TIME, "STATE_SINCE", Status, since_usec),
        FIELD(FIELD_TEXT, "STATUS", Status, text),
        FIELD(FIELD_TEXT, "TROUBLE", Status, trouble),
        FIELD(FIELD_TEXT, "TROUBLE_REASON", Status, trouble_reason),
        FIELD(FIELD_NUMBER, "PID", Status, supervisor_pid),
        FIELD(FIELD_NUMBER, "PPPD_PID", Status, pppd_pid),
        FIELD(FIELD_TEXT, "SERVER", Status, server),
        FIELD(FIELD_ADDRESS, "SERVER_ADDRESS", Status, server_address),
        FIELD(FIELD_TEXT, "INTERFACE", Status, interface_name),
        FIELD(FIELD_TEXT, "NETWORK_NAMESPACE", Status, network_namespace),
        FIELD(FIELD_TEXT, "VRF", Status, vrf),
        FIELD(FIELD_ADDRESS, "ADDRESS", Status, address),
        FIELD(FIELD_ADDRESS, "PEER_ADDRESS", Status, peer_address),
        FIELD(FIELD_TEXT, "IPV6_ADDRESS", Status, ipv6_address),
        FIELD(FIELD_TEXT, "IPV6_PEER_ADDRESS", Status, ipv6_peer_address),
        FIELD(FIELD_NUMBER, "MTU", Status, mtu_bytes),
        FIELD(FIELD_NUMBER, "SEGMENT_BYTES", Status, segment_bytes),
        FIELD(FIELD_TEXT, "ENCRYPTION_SENT", Status, encryption_sent),
        FIELD(FIELD_TEXT, "ENCRYPTION_RECEIVED", Status, encryption_received),
        FIELD(FIELD_COUNT, "ROUTES", Status, n_routes),
        FIELD(FIELD_NUMBER, "DEFAULT_ROUTE_TABLE", Status, default_route_table),
        FIELD(FIELD_TEXT, "OVERLAPS", Status, overlaps),
        FIELD(FIELD_TEXT, "DNS_SERVERS", Status, name_servers),
        FIELD(FIELD_TEXT, "DNS_DOMAINS", Status, domains),
        FIELD(FIELD_TEXT, "DNS_SERVICE", Status, names_service),
        FIELD(FIELD_TEXT, "DNS_TROUBLE", Status, names_trouble),
        FIELD(FIELD_NUMBER, "DNS_DEFAULT_ROUTE", Status, names_take_all),
        FIELD(FIELD_TEXT, "DNS_COVERED", Status, names_covered),
        FIELD(FIELD_TEXT, "DNS_COVER_INTERFACE", Status, names_cover_interface),
        FIELD(FIELD_TEXT, "DNS_COVER_TROUBLE", Status, names_cover_trouble),
        FIELD(FIELD_TIME, "UP_SINCE", Status, up_since_usec),
        FIELD(FIELD_TEXT, "HOOKS_TROUBLE", Status, hooks_trouble),
        FIELD(FIELD_TIME, "DOWN_SINCE", Status, history.down_since_usec),
        FIELD(FIELD_COUNT, "TRIES", Status, history.retry.n_tries),
        FIELD(FIELD_TIME, "NEXT_TRY", Status, next_try_usec),
        FIELD(FIELD_TIME, "NOT_BEFORE", Status, history.retry.not_before_usec),
        FIELD(FIELD_NUMBER, "BACK_OFF_USEC", Status, history.retry.delay_usec),
        FIELD(FIELD_TIME, "UNREACHABLE_SINCE", Status, history.retry.unreachable_since_usec),
        FIELD(FIELD_NUMBER, "HAS_WORKED", Status, history.has_worked),
        FIELD(FIELD_NUMBER, "WORKED_AS", Status, history.worked_as),
        FIELD(FIELD_COUNT, "CONNECTS", Status, history.n_connects),
        FIELD(FIELD_COUNT, "RESTARTS", Status, history.n_restarts),
        FIELD(FIELD_COUNT, "EARLIER_UP_USEC", Status, history.up_usec),
        FIELD(FIELD_COUNT, "EARLIER_RECEIVED_BYTES", Status, history.traffic.received_bytes),
        FIELD(FIELD_COUNT, "EARLIER_RECEIVED_PACKETS", Status, history.traffic.received_packets),
        FIELD(FIELD_COUNT, "EARLIER_SENT_BYTES", Status, history.traffic.sent_bytes),
        FIELD(FIELD_COUNT, "EARLIER_SENT_PACKETS", Status, history.traffic.sent_packets),
};

/* Behind "FAILURE_1_", the latest, and so on. */
static const Field failure_fields[] = {
        FIELD(FIELD_TIME, "AT", HistoryFailure, at_usec),
        FIELD(FIELD_COUNT, "TIMES", HistoryFailure, n_times),
        FIELD(FIELD_TEXT, "REASON", HistoryFailure, id),
        FIELD(FIELD_TEXT, "TEXT", HistoryFailure, text),
};

/* What a shell would interpret between double quotes. */
static bool needs_backslash(char c) {
        return c != '\0' && strchr("\"\\`$", c);
}

static bool is_key_character(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether a value needs no quotes. */
static bool is_bare(const char *value) {
        for (; *value != '\0'; value++)
                if (!is_key_character(*value) && !(*value >= 'a' && *value <= 'z') &&
                    !strchr(".:/-+", *value))
                        return false;

        return true;
}

/* ---- writing ---- */

/* What a line cannot hold becomes a blank. */
static void write_text(TextBuilder *b, const char *prefix, const char *key, const char *value) {
        if (is_bare(value)) {
                text_addf(b, "%s%s=%s\n", prefix, key, value);
                return;
        }

        text_addf(b, "%s%s=\"", prefix, key);
        for (const char *p = value; *p != '\0'; p++)
                if ((uint8_t) *p < 0x20 || *p == 0x7f)
                        text_add(b, " ");
                else
                        text_addf(b, "%s%c", needs_backslash(*p) ? "\\" : "", *p);
        text_add(b, "\"\n");
}

static void write_field(TextBuilder *b, const char *prefix, const Field *f, const void *object,
                        int64_t offset_usec) {

        const void *member = (const uint8_t *) object + f->offset;
        uint64_t number;

        switch (f->type) {
        case FIELD_COUNT:
        case FIELD_NUMBER:
                memcpy(&number, member, sizeof(number));
                if (number > 0 || f->type == FIELD_COUNT)
                        text_addf(b, "%s%s=%" PRIu64 "\n", prefix, f->key, number);
                break;
        case FIELD_TEXT:
                if (*(const char *) member != '\0')
                        write_text(b, prefix, f->key, member);
                break;
        case FIELD_ADDRESS: {
                struct in_addr address;

                memcpy(&address, member, sizeof(address));
                if (address.s_addr != INADDR_ANY)
                        text_addf(b, "%s%s=%s\n", prefix, f->key, TEXT_IPV4(address));
                break;
        }
        case FIELD_TIME:
                memcpy(&number, member, sizeof(number));
                if (number == 0)
                        break;
                text_addf(b, "%s%s" BOOTTIME_SUFFIX "=%" PRIu64 "\n", prefix, f->key, number);
                text_addf(b, "%s%s" REALTIME_SUFFIX "=%" PRIu64 "\n", prefix, f->key,
                          number + (uint64_t) offset_usec);
                break;
        }
}

const char *status_describe_remedy(const Status *s, const DiagnosisRow *row, char *buffer,
                                   size_t n_buffer) {

        const DiagnosisNames names = {
                .tunnel = s->tunnel,
                .server = s->server,
                .address = s->server_address,
        };

        return diagnosis_describe_remedy(row, &names, buffer, n_buffer);
}

/* What the catalogue adds to the name of a failure, for those who read the file without us. */
static void write_failure(TextBuilder *b, size_t number, const HistoryFailure *failure,
                          const Status *s) {

        const DiagnosisRow *row = diagnosis_find_row(failure->id);
        char prefix[KEY_MAX_BYTES], remedy[DIAGNOSIS_REMEDY_MAX_BYTES];
        TextBuilder p = text_builder(prefix, sizeof(prefix));

        text_addf(&p, FAILURE_PREFIX "%zu_", number);
        for (size_t i = 0; i < ELEMENTSOF(failure_fields); i++)
                write_field(b, prefix, &failure_fields[i], failure, s->realtime_offset_usec);
        if (row)
                write_text(b, prefix, "CLASS", diagnosis_class_name(row->class));
        if (status_describe_remedy(s, row, remedy, sizeof(remedy))[0] != '\0')
                write_text(b, prefix, "REMEDY", remedy);
}

int status_write(const Status *s, char *buffer, size_t n_buffer) {
        TextBuilder b = text_builder(buffer, n_buffer);

        text_add(&b, "# See pptp-state(5).\n");
        for (size_t i = 0; i < ELEMENTSOF(status_fields); i++)
                write_field(&b, "", &status_fields[i], s, s->realtime_offset_usec);
        text_addf(&b, "RECONNECTS=%" PRIu64 "\n",
                  s->history.n_connects - (s->history.n_connects > 0));
        for (size_t i = 0; i < s->history.n_failures; i++)
                write_failure(&b, i + 1, &s->history.failures[i], s);

        return b.truncated ? -ENOBUFS : (int) b.n_text;
}

/*
 * How the tunnel is connected stays true for the unit that starts. What the supervisor is doing
 * changes meanwhile, and its processes may be gone.
 */
int status_write_event(const Status *up, bool down, const Status *last, char *buffer,
                       size_t n_buffer) {

        TextBuilder b = text_builder(buffer, n_buffer);
        Status s = *up;
        int n;

        s.state[0] = s.text[0] = s.trouble[0] = s.trouble_reason[0] = s.hooks_trouble[0] = '\0';
        s.since_usec = s.supervisor_pid = s.pppd_pid = s.next_try_usec = 0;
        s.history.retry = (Retry){ 0 };
        if (down) {
                s.history.n_failures = 0;
                if (last && last->history.n_failures > 0 &&
                    last->history.failures[0].at_usec >= up->up_since_usec) {
                        s.history.failures[0] = last->history.failures[0];
                        s.history.n_failures = 1;
                }
        }

        text_addf(&b, "EVENT=%s\n", down ? "down" : "up");
        n = status_write(&s, buffer + b.n_text, n_buffer - b.n_text);
        return n < 0 ? n : n + (int) b.n_text;
}

/* ---- reading ---- */

static bool parse_field(const Field *f, const char *value, void *object) {
        void *member = (uint8_t *) object + f->offset;
        struct in_addr address;
        uint64_t number;

        switch (f->type) {
        case FIELD_COUNT:
        case FIELD_NUMBER:
        case FIELD_TIME:
                if (!number_parse(value, 10, UINT64_MAX, &number))
                        return false;
                memcpy(member, &number, sizeof(number));
                return true;
        case FIELD_TEXT:
                if (strlen(value) >= f->n_bytes)
                        return false;
                strcpy(member, value);
                return true;
        case FIELD_ADDRESS:
                if (inet_pton(AF_INET, value, &address) != 1)
                        return false;
                memcpy(member, &address, sizeof(address));
                return true;
        }

        return false;
}

static bool key_is_field(const char *key, const Field *f) {
        size_t n = strlen(f->key);

        return strncmp(key, f->key, n) == 0 &&
                strcmp(key + n, f->type == FIELD_TIME ? BOOTTIME_SUFFIX : "") == 0;
}

/* Returns true for an unknown key as well. */
static bool parse_fields(const Field *fields, size_t n_fields, const char *key, const char *value,
                         void *object) {

        for (size_t i = 0; i < n_fields; i++)
                if (key_is_field(key, &fields[i]))
                        return parse_field(&fields[i], value, object);

        return true;
}

/* "1_TEXT": failures come in their order, so that none is missing. */
static bool parse_failure(Status *s, const char *key, const char *value) {
        History *h = &s->history;
        size_t number;

        if (key[0] < '1' || key[0] > '0' + HISTORY_FAILURES_MAX || key[1] != '_')
                return true;

        number = (size_t) (key[0] - '0');
        if (number > h->n_failures + 1)
                return false;

        h->n_failures = MAX(h->n_failures, number);
        return parse_fields(failure_fields, ELEMENTSOF(failure_fields), key + 2, value,
                            &h->failures[number - 1]);
}

static bool parse_assignment(Status *s, const char *key, const char *value,
                             uint64_t *since_realtime) {

        if (strcmp(key, "STATE_SINCE" REALTIME_SUFFIX) == 0)
                return number_parse(value, 10, UINT64_MAX, since_realtime);
        if (strncmp(key, FAILURE_PREFIX, strlen(FAILURE_PREFIX)) == 0)
                return parse_failure(s, key + strlen(FAILURE_PREFIX), value);

        return parse_fields(status_fields, ELEMENTSOF(status_fields), key, value, s);
}

/* Takes a value out of its quotes, in place. False if there are too few of them, or too many. */
static bool unquote(char **value) {
        char *from = *value + 1, *to = *value;

        if (**value != '"')
                return is_bare(*value);

        for (; *from != '"'; from++) {
                if (from[0] == '\\' && needs_backslash(from[1]))
                        from++;
                if (*from == '\0')
                        return false;
                *to++ = *from;
        }
        *to = '\0';
        return from[1] == '\0';
}

static bool parse_line(Status *s, char *line, uint64_t *since_realtime) {
        char *value;
        size_t n_key = 0;

        if (line[0] == '\0' || line[0] == '#')
                return true;

        while (is_key_character(line[n_key]))
                n_key++;
        if (n_key == 0 || line[n_key] != '=')
                return false;

        line[n_key] = '\0';
        value = line + n_key + 1;
        return unquote(&value) && parse_assignment(s, line, value, since_realtime);
}

static bool is_text(const char *text, size_t n_text) {
        for (size_t i = 0; i < n_text; i++)
                if (((uint8_t) text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f)
                        return false;

        return n_text > 0 && n_text <= STATUS_MAX_BYTES && text[n_text - 1] == '\n';
}

int status_parse(const char *text, size_t n_text, Status *ret_status) {
        char line[STATUS_LINE_MAX_BYTES];
        uint64_t since_realtime = 0;
        Status s = { 0 };

        if (!is_text(text, n_text))
                return STATUS_E_FORMAT;

        for (size_t n_line; n_text > 0; text += n_line + 1, n_text -= n_line + 1) {
                n_line = (size_t) ((const char *) memchr(text, '\n', n_text) - text);
                if (n_line >= sizeof(line))
                        return STATUS_E_FORMAT;

                memcpy(line, text, n_line);
                line[n_line] = '\0';
                if (!parse_line(&s, line, &since_realtime))
                        return STATUS_E_FORMAT;
        }

        if (s.state[0] == '\0')
                return STATUS_E_FORMAT;

        /* Computes how far apart the clocks are from a moment that is given in both. */
        if (s.since_usec > 0)
                s.realtime_offset_usec = (int64_t) (since_realtime - s.since_usec);
        *ret_status = s;
        return 0;
}

bool status_is_up(const Status *s) {
        return strcmp(s->state, "up") == 0;
}

void status_inherit(const Status *left, uint64_t now_usec, History *ret_history) {
        History h = left->history;

        if (h.retry.unreachable_since_usec > now_usec)
                h.retry.unreachable_since_usec = now_usec;
        if (h.down_since_usec > now_usec)
                h.down_since_usec = now_usec;
        if (left->up_since_usec > 0 && left->up_since_usec <= now_usec)
                h.up_usec += now_usec - left->up_since_usec;
        if (strcmp(left->state, "ended") != 0) {
                h.n_restarts++;
                history_add_failure(&h, "",
                                    "The supervisor was killed or crashed, and started again",
                                    now_usec);
        }

        *ret_history = h;
}
