/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/ppp/dhcp-message.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"

/* RFC 2131, section 2: op to file, and section 3: the cookie in front of the options. */
#define FIXED_BYTES 236
#define COOKIE UINT32_C(0x63825363)
#define OP_REQUEST 1
#define OP_REPLY 2
/* RFC 2131, section 2: the length in bytes of sname and file, which options may overflow into. */
#define SNAME_BYTES 64
#define FILE_BYTES 128
#define CHADDR_BYTES 16
/* RFC 1700: what Windows has for PPP links, which have no hardware address; its length is 0. */
#define HARDWARE_PPP 8

/* RFC 2132, unless said otherwise. */
enum {
        OPTION_PAD = 0,
        OPTION_NAME_SERVERS = 6,
        OPTION_DOMAIN = 15,
        OPTION_OVERLOAD = 52,
        OPTION_MESSAGE_TYPE = 53,
        OPTION_SERVER = 54,
        OPTION_PARAMETERS = 55,
        OPTION_VENDOR_CLASS = 60,
        OPTION_SEARCH = 119,           /* RFC 3397 */
        OPTION_ROUTES = 121,           /* RFC 3442 */
        OPTION_ROUTES_MICROSOFT = 249, /* the same in Windows before it had a number */
        OPTION_END = 255,
};

enum { MESSAGE_ACK = 5, MESSAGE_INFORM = 8 };

/* Values of one option that is spread over several (RFC 3396) are read as one. */
typedef struct Value {
        uint8_t data[DHCP_MESSAGE_MAX_BYTES];
        size_t n_data;
} Value;

/* ---- writing ---- */

size_t dhcp_inform_write(uint32_t transaction_id, struct in_addr address,
                         uint8_t buffer[static DHCP_INFORM_MAX_BYTES]) {

        static const uint8_t parameters[] = { OPTION_NAME_SERVERS, OPTION_DOMAIN, OPTION_SEARCH,
                                              OPTION_ROUTES, OPTION_ROUTES_MICROSOFT };
        /* Servers give 249 to those that say they are this. */
        static const char vendor_class[] = "MSFT 5.0";
        ByteWriter w = BYTE_WRITER(buffer, DHCP_INFORM_MAX_BYTES);

        memset(buffer, 0, DHCP_INFORM_MAX_BYTES);
        byte_writer_u8(&w, OP_REQUEST);
        byte_writer_u8(&w, HARDWARE_PPP);
        byte_writer_u16(&w, 0); /* hardware address length, hops */
        byte_writer_u32(&w, transaction_id);
        byte_writer_u32(&w, 0);                     /* seconds, flags */
        byte_writer_u32(&w, ntohl(address.s_addr)); /* ciaddr */
        (void) byte_writer_take(&w, FIXED_BYTES - w.pos);
        byte_writer_u32(&w, COOKIE);

        byte_writer_u8(&w, OPTION_MESSAGE_TYPE);
        byte_writer_u8(&w, 1);
        byte_writer_u8(&w, MESSAGE_INFORM);
        byte_writer_u8(&w, OPTION_VENDOR_CLASS);
        byte_writer_u8(&w, sizeof(vendor_class) - 1);
        byte_writer_bytes(&w, vendor_class, sizeof(vendor_class) - 1);
        byte_writer_u8(&w, OPTION_PARAMETERS);
        byte_writer_u8(&w, sizeof(parameters));
        byte_writer_bytes(&w, parameters, sizeof(parameters));
        byte_writer_u8(&w, OPTION_END);

        /* BOOTP relays of old want 300 bytes (RFC 1542, section 2.1); the rest is padding. */
        return DHCP_INFORM_MAX_BYTES;
}

/* ---- options ---- */

/*
 * Appends what an area of options has of one to the value, up to the end option. Returns false if
 * an option goes beyond the area.
 */
static bool options_collect(const uint8_t *data, size_t n_data, uint8_t code, Value *value) {
        ByteReader r = BYTE_READER(data, n_data);

        while (byte_reader_left(&r) > 0) {
                uint8_t found = byte_reader_u8(&r);
                const uint8_t *p;
                size_t n;

                if (found == OPTION_PAD)
                        continue;
                if (found == OPTION_END)
                        return true;

                n = byte_reader_u8(&r);
                p = byte_reader_take(&r, n);
                if (!p)
                        return false;
                if (found != code || n > sizeof(value->data) - value->n_data)
                        continue;

                memcpy(value->data + value->n_data, p, n);
                value->n_data += n;
        }

        return true;
}

/* What can hold options: those behind the cookie and, where they say so, file and sname. */
typedef struct Areas {
        const uint8_t *options, *file, *sname;
        size_t n_options;
        bool in_file, in_sname;
} Areas;

static bool areas_get(const Areas *a, uint8_t code, Value *ret_value) {
        ret_value->n_data = 0;
        return options_collect(a->options, a->n_options, code, ret_value) &&
                (!a->in_file || options_collect(a->file, FILE_BYTES, code, ret_value)) &&
                (!a->in_sname || options_collect(a->sname, SNAME_BYTES, code, ret_value));
}

/* ---- values ---- */

static struct in_addr take_address(ByteReader *r) {
        return (struct in_addr){ .s_addr = htonl(byte_reader_u32(r)) };
}

static void read_name_servers(const Value *value, DhcpInformation *info) {
        ByteReader r = BYTE_READER(value->data, value->n_data);

        info->broken |= value->n_data % 4 != 0;
        while (byte_reader_left(&r) >= 4 && info->n_name_servers < DHCP_NAME_SERVERS_MAX)
                info->name_servers[info->n_name_servers++] = take_address(&r);
}

static bool routes_have(const DhcpInformation *info, const DhcpRoute *route) {
        for (size_t i = 0; i < info->n_routes; i++)
                if (info->routes[i].destination.s_addr == route->destination.s_addr &&
                    info->routes[i].prefix_length == route->prefix_length)
                        return true;

        return false;
}

/*
 * RFC 3442: the length of a prefix, as many bytes of it as that needs, a router. Where one of them
 * is wrong it is not known where the next begins, and none is taken.
 */
static void read_routes(const Value *value, DhcpInformation *info) {
        ByteReader r = BYTE_READER(value->data, value->n_data);
        size_t n_before = info->n_routes, n_dropped = 0;

        while (byte_reader_left(&r) > 0) {
                DhcpRoute route = { .prefix_length = byte_reader_u8(&r) };
                size_t n = (route.prefix_length + 7U) / 8;
                const uint8_t *p = byte_reader_take(&r, n);
                uint32_t destination = 0, mask;

                route.router = take_address(&r);
                if (r.failed || route.prefix_length > 32) {
                        info->n_routes = n_before;
                        info->broken = true;
                        return;
                }

                for (size_t i = 0; i < n; i++)
                        destination |= (uint32_t) p[i] << (24 - 8 * i);

                /* What is behind the prefix is to be ignored. */
                mask = route.prefix_length == 0 ? 0 : UINT32_MAX << (32 - route.prefix_length);
                route.destination.s_addr = htonl(destination & mask);
                if (routes_have(info, &route))
                        continue;
                if (info->n_routes < DHCP_ROUTES_MAX)
                        info->routes[info->n_routes++] = route;
                else
                        n_dropped++;
        }

        info->n_routes_dropped += n_dropped;
}

/* Letters, digits, hyphens inside (RFC 1123, section 2.1), and the underscore that many use. */
static bool label_is_good(const uint8_t *label, size_t n) {
        for (size_t i = 0; i < n; i++) {
                uint8_t c = label[i];
                bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
                bool is_hyphen = c == '-' && i > 0 && i < n - 1;

                if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && !is_hyphen)
                        return false;
        }

        return n > 0 && n <= 63;
}

/* Appends a label to the text of a domain. Returns false if it is none, or has no room. */
static bool domain_add_label(char domain[static DHCP_DOMAIN_MAX_BYTES], const uint8_t *label,
                             size_t n) {

        size_t n_domain = strlen(domain);

        if (!label_is_good(label, n) || n_domain + 1 + n >= DHCP_DOMAIN_MAX_BYTES)
                return false;

        if (n_domain > 0)
                domain[n_domain++] = '.';
        memcpy(domain + n_domain, label, n);
        domain[n_domain + n] = '\0';
        return true;
}

/* Keeps the domain of the next free place, unless it is there already. */
static void domains_keep(DhcpInformation *info) {
        for (size_t i = 0; i < info->n_domains; i++)
                if (strcmp(info->domains[i], info->domains[info->n_domains]) == 0)
                        return;

        info->n_domains++;
}

/* The option is text without an end; some servers send a NUL, or a dot, along with it. */
static void read_domain(const Value *value, DhcpInformation *info) {
        char *domain = info->domains[info->n_domains];
        size_t n = value->n_data, begin = 0;

        if (info->n_domains == DHCP_DOMAINS_MAX)
                return;
        while (n > 0 && (value->data[n - 1] == '\0' || value->data[n - 1] == '.'))
                n--;
        if (n == 0)
                return;

        domain[0] = '\0';
        for (size_t i = 0; i <= n; i++) {
                if (i < n && value->data[i] != '.')
                        continue;
                if (!domain_add_label(domain, value->data + begin, i - begin)) {
                        info->broken = true;
                        return;
                }
                begin = i + 1;
        }

        domains_keep(info);
}

/*
 * Reads one name of a search list: labels, and pointers to earlier ones (RFC 1035, section 4.1.4).
 * Each pointer has to lead back behind the one before it, so that there is an end. pos is behind
 * the name then.
 */
static bool read_name(const Value *value, size_t *pos, char domain[static DHCP_DOMAIN_MAX_BYTES]) {
        size_t p = *pos, limit = *pos;
        bool jumped = false;

        domain[0] = '\0';
        for (;;) {
                uint8_t n;

                if (p >= value->n_data)
                        return false;

                n = value->data[p++];
                if (n == 0) {
                        if (!jumped)
                                *pos = p;
                        return domain[0] != '\0';
                }

                if (n >= 0xc0) {
                        size_t target;

                        if (p >= value->n_data)
                                return false;
                        target = (size_t) (n & 0x3f) << 8 | value->data[p++];
                        if (target >= limit)
                                return false;
                        if (!jumped)
                                *pos = p;
                        jumped = true;
                        p = limit = target;
                        continue;
                }

                if (n > value->n_data - p || !domain_add_label(domain, value->data + p, n))
                        return false;
                p += n;
        }
}

static void read_search(const Value *value, DhcpInformation *info) {
        size_t pos = 0;

        while (pos < value->n_data && info->n_domains < DHCP_DOMAINS_MAX) {
                if (!read_name(value, &pos, info->domains[info->n_domains])) {
                        info->broken = true;
                        return;
                }
                domains_keep(info);
        }
}

/* ---- the answer ---- */

/* Reads what of an answer is of use. False: an option goes beyond the end of its area. */
static bool answer_read_options(const Areas *areas, Value *value, DhcpInformation *info) {
        if (!areas_get(areas, OPTION_SERVER, value))
                return false;
        if (value->n_data == 4)
                memcpy(&info->server, value->data, 4);

        (void) areas_get(areas, OPTION_ROUTES, value);
        read_routes(value, info);
        /* Who has both has the same twice. */
        if (value->n_data == 0) {
                (void) areas_get(areas, OPTION_ROUTES_MICROSOFT, value);
                read_routes(value, info);
        }

        (void) areas_get(areas, OPTION_NAME_SERVERS, value);
        read_name_servers(value, info);
        (void) areas_get(areas, OPTION_DOMAIN, value);
        read_domain(value, info);
        (void) areas_get(areas, OPTION_SEARCH, value);
        read_search(value, info);
        return true;
}

/* Whether it is for the hardware that dhcp_inform_write() has given: PPP, without an address. */
static bool hardware_is_ours(uint8_t type, uint8_t n_address, const uint8_t *address) {
        static const uint8_t none[CHADDR_BYTES];

        return type == HARDWARE_PPP && n_address == 0 && memcmp(address, none, CHADDR_BYTES) == 0;
}

DhcpFault dhcp_answer_read(const void *data, size_t n_data, uint32_t transaction_id,
                           struct in_addr address, DhcpInformation *ret_information) {

        ByteReader r = BYTE_READER(data, n_data);
        DhcpInformation info = { 0 };
        Areas areas;
        Value value;
        uint32_t xid;
        struct in_addr client;
        uint8_t op, hardware, n_hardware;
        const uint8_t *hardware_address;

        op = byte_reader_u8(&r);
        hardware = byte_reader_u8(&r);
        n_hardware = byte_reader_u8(&r);
        (void) byte_reader_take(&r, 1); /* hops */
        xid = byte_reader_u32(&r);
        (void) byte_reader_take(&r, 4); /* seconds, flags */
        client = take_address(&r);
        (void) byte_reader_take(&r, 4 + 4 + 4); /* yiaddr, siaddr, giaddr */
        hardware_address = byte_reader_take(&r, CHADDR_BYTES);
        areas.sname = byte_reader_take(&r, SNAME_BYTES);
        areas.file = byte_reader_take(&r, FILE_BYTES);
        if (r.failed)
                return DHCP_FAULT_TRUNCATED;
        if (op != OP_REPLY || byte_reader_u32(&r) != COOKIE)
                return DHCP_FAULT_NO_REPLY;
        /* Some servers leave ciaddr out of their answer, though it is all that they have. */
        if (xid != transaction_id ||
            (client.s_addr != INADDR_ANY && client.s_addr != address.s_addr) ||
            !hardware_is_ours(hardware, n_hardware, hardware_address))
                return DHCP_FAULT_FOREIGN;

        areas.n_options = byte_reader_left(&r);
        areas.options = byte_reader_take(&r, areas.n_options);
        areas.in_file = areas.in_sname = false;
        if (!areas_get(&areas, OPTION_OVERLOAD, &value))
                return DHCP_FAULT_TRUNCATED;
        areas.in_file = value.n_data == 1 && value.data[0] & 1;
        areas.in_sname = value.n_data == 1 && value.data[0] & 2;

        if (!areas_get(&areas, OPTION_MESSAGE_TYPE, &value))
                return DHCP_FAULT_TRUNCATED;
        if (value.n_data != 1 || value.data[0] != MESSAGE_ACK)
                return DHCP_FAULT_TYPE;
        if (!answer_read_options(&areas, &value, &info))
                return DHCP_FAULT_TRUNCATED;

        *ret_information = info;
        return DHCP_FAULT_NONE;
}

const char *dhcp_fault_name(DhcpFault fault) {
        static const char *const names[] = {
                [DHCP_FAULT_NONE] = "good",
                [DHCP_FAULT_TRUNCATED] = "cut short",
                [DHCP_FAULT_NO_REPLY] = "no reply of DHCP",
                [DHCP_FAULT_FOREIGN] = "for another question or host",
                [DHCP_FAULT_TYPE] = "no DHCPACK",
        };

        return names[fault];
}
