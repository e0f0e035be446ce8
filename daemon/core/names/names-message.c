/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The layout: one byte of version, one of type, the serial, then the fields of the type in the
 * order of the struct. Numbers are in network byte order, booleans and results a byte; lists have
 * their length in front, and so has each domain.
 */

#include "core/names/names-message.h"

#include <errno.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/config/config-values.h"

#define VERSION 4

static bool read_bool(ByteReader *r, bool *ret_value) {
        uint8_t v = byte_reader_u8(r);

        *ret_value = v != 0;
        return v <= 1;
}

/* ---- SET, COVER ---- */

static void write_domain(ByteWriter *w, const NamesDomain *domain) {
        size_t n = strnlen(domain->name, sizeof(domain->name) - 1);

        byte_writer_u8(w, domain->route_only);
        byte_writer_u8(w, domain->of_route);
        byte_writer_u8(w, (uint8_t) n);
        byte_writer_bytes(w, domain->name, n);
}

/* The root is no name to complete others with. */
static bool is_domain(const NamesDomain *domain) {
        size_t n = strlen(domain->name);

        if (strcmp(domain->name, ".") == 0)
                return domain->route_only;

        return domain_is_host_name(domain->name) && domain->name[n - 1] != '.';
}

static bool read_domain(ByteReader *r, NamesDomain *domain) {
        const uint8_t *name;
        size_t n;

        if (!read_bool(r, &domain->route_only) || !read_bool(r, &domain->of_route))
                return false;

        n = byte_reader_u8(r);
        name = byte_reader_take(r, n);
        if (!name || n >= sizeof(domain->name) || memchr(name, 0, n))
                return false;

        memcpy(domain->name, name, n);
        domain->name[n] = '\0';
        return is_domain(domain);
}

/* One that can stand in a path and in a command: what the kernel takes, and no option. */
static bool is_interface_name(const char *name) {
        return name[0] != '-' && !config_interface_name_fault(name);
}

static void write_link(ByteWriter *w, const NamesMessage *message) {
        char ifname[sizeof(message->set.ifname)] = "";

        memcpy(ifname, message->set.ifname, strnlen(message->set.ifname, sizeof(ifname) - 1));
        byte_writer_u32(w, message->set.ifindex);
        byte_writer_bytes(w, ifname, sizeof(ifname));
}

static void write_servers(ByteWriter *w, const NamesSet *names) {
        byte_writer_u8(w, names->default_route);
        byte_writer_u8(w, (uint8_t) names->n_servers);
        for (size_t i = 0; i < names->n_servers; i++)
                byte_writer_bytes(w, &names->servers[i].s_addr, sizeof(in_addr_t));
}

static void write_domains(ByteWriter *w, const NamesSet *names) {
        byte_writer_u16(w, (uint16_t) names->n_domains);
        for (size_t i = 0; i < names->n_domains; i++)
                write_domain(w, &names->domains[i]);
}

static bool read_servers(ByteReader *r, NamesSet *names) {
        if (!read_bool(r, &names->default_route))
                return false;

        names->n_servers = byte_reader_u8(r);
        if (names->n_servers == 0 || names->n_servers > NAMES_SERVERS_MAX)
                return false;

        for (size_t i = 0; i < names->n_servers; i++) {
                const uint8_t *p = byte_reader_take(r, sizeof(in_addr_t));

                if (!p)
                        return false;
                memcpy(&names->servers[i].s_addr, p, sizeof(in_addr_t));
        }

        return true;
}

static bool read_domains(ByteReader *r, NamesSet *names) {
        names->n_domains = byte_reader_u16(r);
        if (names->n_domains > NAMES_DOMAINS_MAX)
                return false;

        for (size_t i = 0; i < names->n_domains; i++)
                if (!read_domain(r, &names->domains[i]))
                        return false;

        return true;
}

static bool read_link(ByteReader *r, NamesMessage *message) {
        const uint8_t *ifname;

        message->set.ifindex = byte_reader_u32(r);
        ifname = byte_reader_take(r, sizeof(message->set.ifname));
        if (!ifname || message->set.ifindex == 0 || message->set.ifindex > INT32_MAX)
                return false;

        memcpy(message->set.ifname, ifname, sizeof(message->set.ifname));
        return ifname[sizeof(message->set.ifname) - 1] == '\0' &&
                is_interface_name(message->set.ifname);
}

/* ---- RESOLVER, DONE ---- */

static bool read_resolver(ByteReader *r, NamesMessage *message) {
        return read_bool(r, &message->resolver.present) && read_bool(r, &message->resolver.others);
}

static void write_done(ByteWriter *w, const NamesMessage *message) {
        char text[NAMES_TEXT_MAX_BYTES] = "";

        memcpy(text, message->done.text, strnlen(message->done.text, sizeof(text) - 1));
        byte_writer_u8(w, (uint8_t) message->done.result);
        byte_writer_bytes(w, text, sizeof(text));
}

static bool read_done(ByteReader *r, NamesMessage *message) {
        uint8_t result = byte_reader_u8(r);
        const uint8_t *text = byte_reader_take(r, NAMES_TEXT_MAX_BYTES);

        if (!text || text[NAMES_TEXT_MAX_BYTES - 1] != '\0' || result >= _NAMES_RESULT_MAX)
                return false;

        message->done.result = (NamesResult) result;
        memcpy(message->done.text, text, NAMES_TEXT_MAX_BYTES);
        return true;
}

/* ---- the whole ---- */

int names_message_write(const NamesMessage *message, uint8_t *buffer, size_t n_buffer) {
        ByteWriter w = BYTE_WRITER(buffer, n_buffer);

        byte_writer_u8(&w, VERSION);
        byte_writer_u8(&w, (uint8_t) message->type);
        byte_writer_u32(&w, message->serial);

        switch (message->type) {
        case NAMES_SET:
        case NAMES_COVER:
                if (message->set.names.n_servers > NAMES_SERVERS_MAX ||
                    message->set.names.n_domains > NAMES_DOMAINS_MAX)
                        return -EINVAL;
                write_link(&w, message);
                if (message->type == NAMES_SET) {
                        byte_writer_u8(&w, message->set.anew);
                        write_servers(&w, &message->set.names);
                }
                write_domains(&w, &message->set.names);
                break;
        case NAMES_REVERT:
        case NAMES_LOST:
                break;
        case NAMES_RESOLVER:
                byte_writer_u8(&w, message->resolver.present);
                byte_writer_u8(&w, message->resolver.others);
                break;
        case NAMES_DONE:
                write_done(&w, message);
                break;
        case _NAMES_MESSAGE_MAX:
                return -EINVAL;
        }

        return w.failed ? -ENOBUFS : (int) w.pos;
}

static bool read_fields(ByteReader *r, NamesMessage *message) {
        switch (message->type) {
        case NAMES_SET:
                return read_link(r, message) && read_bool(r, &message->set.anew) &&
                        read_servers(r, &message->set.names) &&
                        read_domains(r, &message->set.names);
        case NAMES_COVER:
                return read_link(r, message) && read_domains(r, &message->set.names);
        case NAMES_REVERT:
        case NAMES_LOST:
                return true;
        case NAMES_RESOLVER:
                return read_resolver(r, message);
        case NAMES_DONE:
                return read_done(r, message);
        case _NAMES_MESSAGE_MAX:
                break;
        }

        return false;
}

int names_message_parse(const uint8_t *data, size_t n_data, NamesMessage *ret_message) {
        ByteReader r = BYTE_READER(data, n_data);
        NamesMessage message;
        uint8_t version, type;

        memset(&message, 0, sizeof(message));
        version = byte_reader_u8(&r);
        if (!r.failed && version != VERSION)
                return NAMES_MESSAGE_E_VERSION;

        type = byte_reader_u8(&r);
        message.serial = byte_reader_u32(&r);
        if (r.failed || type < NAMES_SET || type >= _NAMES_MESSAGE_MAX)
                return NAMES_MESSAGE_E_MALFORMED;

        message.type = (NamesMessageType) type;
        if (!read_fields(&r, &message) || r.failed || byte_reader_left(&r) > 0)
                return NAMES_MESSAGE_E_MALFORMED;

        *ret_message = message;
        return 0;
}
