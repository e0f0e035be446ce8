/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The layout: one byte of version, one of type, then the fields of the type in the order of the
 * struct, numbers in network byte order, each group of booleans a byte, text and addresses in
 * fields of fixed size. What is variable (a frame, a secret) comes last and needs no length, since
 * a packet keeps its own.
 */

#include "core/ppp/plugin-message.h"

#include <errno.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/macros.h"

/* MppePolicy and SETUP */
enum {
        SETUP_ALLOW_128 = 1 << 0,
        SETUP_ALLOW_40 = 1 << 1,
        SETUP_ALLOW_STATEFUL = 1 << 2,
        SETUP_OPEN_STATEFUL = 1 << 3,
        SETUP_OPEN_40 = 1 << 4,
        SETUP_TOLERATE_MPPC = 1 << 5,
        SETUP_ASK_PASSWORD = 1 << 6,
        SETUP_NO_DNS = 1 << 7,
};

/* SETUP, a second byte */
enum {
        SETUP_LATE_IP = 1 << 0,
        SETUP_ACCEPT_ROUTER = 1 << 1,
};

/* MppeOutcome */
enum {
        OUTCOME_128 = 1 << 0,
        OUTCOME_40 = 1 << 1,
        OUTCOME_STATEFUL = 1 << 2,
        _OUTCOME_ALL = (1 << 3) - 1,
};

static void write_address(ByteWriter *w, struct in_addr address) {
        byte_writer_bytes(w, &address.s_addr, sizeof(address.s_addr));
}

static struct in_addr read_address(ByteReader *r) {
        const uint8_t *p = byte_reader_take(r, sizeof(in_addr_t));
        struct in_addr address = { .s_addr = INADDR_ANY };

        if (p)
                memcpy(&address.s_addr, p, sizeof(address.s_addr));
        return address;
}

static void write_setup(ByteWriter *w, const PluginMessage *message) {
        const MppePolicy *mppe = &message->setup.mppe;

        byte_writer_u8(w,
                       (mppe->allow_128 ? SETUP_ALLOW_128 : 0) |
                               (mppe->allow_40 ? SETUP_ALLOW_40 : 0) |
                               (mppe->allow_stateful ? SETUP_ALLOW_STATEFUL : 0) |
                               (mppe->open_stateful ? SETUP_OPEN_STATEFUL : 0) |
                               (mppe->open_40 ? SETUP_OPEN_40 : 0) |
                               (mppe->tolerate_mppc ? SETUP_TOLERATE_MPPC : 0) |
                               (message->setup.ask_password ? SETUP_ASK_PASSWORD : 0) |
                               (message->setup.ip.no_dns ? SETUP_NO_DNS : 0));
        byte_writer_u8(w,
                       (message->setup.ip.late ? SETUP_LATE_IP : 0) |
                               (message->setup.accept_router ? SETUP_ACCEPT_ROUTER : 0));
        byte_writer_u32(w, message->setup.keep_alive_interval_sec);
        byte_writer_u32(w, message->setup.keep_alive_probes);
        write_address(w, message->setup.ip.address);
        for (size_t i = 0; i < ELEMENTSOF(message->setup.ip.dns); i++)
                write_address(w, message->setup.ip.dns[i]);
}

static void read_setup(ByteReader *r, PluginMessage *message) {
        uint8_t flags = byte_reader_u8(r);

        message->setup.mppe = (MppePolicy){
                .allow_128 = flags & SETUP_ALLOW_128,
                .allow_40 = flags & SETUP_ALLOW_40,
                .allow_stateful = flags & SETUP_ALLOW_STATEFUL,
                .open_stateful = flags & SETUP_OPEN_STATEFUL,
                .open_40 = flags & SETUP_OPEN_40,
                .tolerate_mppc = flags & SETUP_TOLERATE_MPPC,
        };
        message->setup.ask_password = flags & SETUP_ASK_PASSWORD;
        message->setup.ip.no_dns = flags & SETUP_NO_DNS;
        flags = byte_reader_u8(r);
        message->setup.ip.late = flags & SETUP_LATE_IP;
        message->setup.accept_router = flags & SETUP_ACCEPT_ROUTER;
        message->setup.keep_alive_interval_sec = byte_reader_u32(r);
        message->setup.keep_alive_probes = byte_reader_u32(r);
        message->setup.ip.address = read_address(r);
        for (size_t i = 0; i < ELEMENTSOF(message->setup.ip.dns); i++)
                message->setup.ip.dns[i] = read_address(r);
}

static void write_outcome(ByteWriter *w, const MppeOutcome *outcome) {
        byte_writer_u8(w,
                       (outcome->bits_128 ? OUTCOME_128 : 0) | (outcome->bits_40 ? OUTCOME_40 : 0) |
                               (outcome->stateful ? OUTCOME_STATEFUL : 0));
}

static bool read_outcome(ByteReader *r, MppeOutcome *ret_outcome) {
        uint8_t flags = byte_reader_u8(r);

        *ret_outcome = (MppeOutcome){
                .bits_128 = flags & OUTCOME_128,
                .bits_40 = flags & OUTCOME_40,
                .stateful = flags & OUTCOME_STATEFUL,
        };

        return (flags & ~_OUTCOME_ALL) == 0;
}

static bool read_bool(ByteReader *r, bool *ret_value) {
        uint8_t v = byte_reader_u8(r);

        *ret_value = v != 0;
        return v <= 1;
}

/* Pads a text with NULs to its field, so that no bytes of our stack are sent. */
static void write_text(ByteWriter *w, const char *text, size_t n_field) {
        uint8_t *p = byte_writer_take(w, n_field);
        size_t n = strnlen(text, n_field - 1);

        if (!p)
                return;

        memcpy(p, text, n);
        memset(p + n, 0, n_field - n);
}

static bool read_text(ByteReader *r, char *ret_text, size_t n_field) {
        const uint8_t *p = byte_reader_take(r, n_field);

        if (!p || p[n_field - 1] != 0)
                return false;

        memcpy(ret_text, p, n_field);
        return true;
}

static struct in6_addr read_address6(ByteReader *r) {
        struct in6_addr address = { 0 };
        const uint8_t *p = byte_reader_take(r, sizeof(address));

        if (p)
                memcpy(&address, p, sizeof(address));
        return address;
}

static void write_ip_up(ByteWriter *w, const PluginMessage *message) {
        write_text(w, message->ip_up.ifname, sizeof(message->ip_up.ifname));
        write_address(w, message->ip_up.local);
        write_address(w, message->ip_up.peer);
        for (size_t i = 0; i < ELEMENTSOF(message->ip_up.dns); i++)
                write_address(w, message->ip_up.dns[i]);
        write_outcome(w, &message->ip_up.transmit);
        write_outcome(w, &message->ip_up.receive);
        byte_writer_u16(w, message->ip_up.mtu_bytes);
}

static bool read_ip_up(ByteReader *r, PluginMessage *message) {
        if (!read_text(r, message->ip_up.ifname, sizeof(message->ip_up.ifname)))
                return false;

        message->ip_up.local = read_address(r);
        message->ip_up.peer = read_address(r);
        for (size_t i = 0; i < ELEMENTSOF(message->ip_up.dns); i++)
                message->ip_up.dns[i] = read_address(r);
        if (!read_outcome(r, &message->ip_up.transmit) || !read_outcome(r, &message->ip_up.receive))
                return false;

        message->ip_up.mtu_bytes = byte_reader_u16(r);
        return true;
}

static bool read_frame(ByteReader *r, PluginMessage *message) {
        message->frame.n_data = byte_reader_left(r);
        message->frame.data = byte_reader_take(r, message->frame.n_data);

        return message->frame.n_data > 0 && message->frame.n_data <= PLUGIN_FRAME_MAX_BYTES;
}

static bool read_password(ByteReader *r, PluginMessage *message) {
        const uint8_t *p;

        if (!read_bool(r, &message->password.found))
                return false;

        message->password.n_secret = byte_reader_left(r);
        if (message->password.n_secret > PLUGIN_SECRET_MAX_BYTES)
                return false;

        /* A secret beside "not found" makes no sense */
        if (!message->password.found && message->password.n_secret > 0)
                return false;

        p = byte_reader_take(r, message->password.n_secret);
        if (message->password.n_secret > 0)
                memcpy(message->password.secret, p, message->password.n_secret);
        message->password.secret[message->password.n_secret] = 0;
        return true;
}

static bool read_phase(ByteReader *r, PluginMessage *message) {
        uint8_t phase = byte_reader_u8(r);

        message->phase.phase = phase;
        return phase < _PLUGIN_PHASE_MAX;
}

static bool read_breach(ByteReader *r, PluginMessage *message) {
        uint8_t breach = byte_reader_u8(r);

        message->breach.breach = breach;
        return breach > 0 && breach < _PLUGIN_BREACH_MAX &&
                read_outcome(r, &message->breach.transmit) &&
                read_outcome(r, &message->breach.receive);
}

static bool read_no_ipv6(ByteReader *r, PluginMessage *message) {
        uint8_t lack = byte_reader_u8(r);

        message->no_ipv6.lack = lack;
        return lack > 0 && lack < _PLUGIN_NO_IPV6_MAX;
}

static bool read_body(ByteReader *r, PluginMessage *message) {
        switch (message->type) {

        case PLUGIN_SETUP:
                read_setup(r, message);
                return true;

        case PLUGIN_EARLY_FRAME:
                return read_frame(r, message);

        case PLUGIN_TRANSPORT:
                message->transport.frame_bytes = byte_reader_u16(r);
                message->transport.restart_sec = byte_reader_u32(r);
                return true;

        case PLUGIN_PASSWORD:
                return read_password(r, message);

        case PLUGIN_HELLO:
                return read_text(r, message->hello.pppd_version,
                                 sizeof(message->hello.pppd_version));

        case PLUGIN_PHASE:
                return read_phase(r, message);

        case PLUGIN_PACKET:
                return read_bool(r, &message->frame.sent) && read_frame(r, message);

        case PLUGIN_IP_UP:
                return read_ip_up(r, message);

        case PLUGIN_POLICY_BREACH:
                return read_breach(r, message);

        case PLUGIN_EXITING:
                message->exiting.status = byte_reader_u8(r);
                return true;

        case PLUGIN_IPV6_UP:
                message->ipv6_up.local = read_address6(r);
                message->ipv6_up.peer = read_address6(r);
                return true;

        case PLUGIN_NO_IPV6:
                return read_no_ipv6(r, message);

        case PLUGIN_PASSWORD_REQUEST:
        case PLUGIN_IP_DOWN:
        case PLUGIN_IPV6_DOWN:
                return true;
        }

        /* The other end chose the number, so it may be none of the enum's. */
        return false;
}

int plugin_message_parse(const uint8_t *data, size_t n_data, PluginMessage *ret_message) {
        ByteReader r = BYTE_READER(data, n_data);
        PluginMessage message = { 0 };
        uint8_t version;
        bool good;

        version = byte_reader_u8(&r);
        message.type = byte_reader_u8(&r);
        if (r.failed)
                return PLUGIN_MESSAGE_E_FORMAT;
        if (version != PLUGIN_MESSAGE_VERSION)
                return PLUGIN_MESSAGE_E_VERSION;

        good = read_body(&r, &message) && !r.failed && byte_reader_left(&r) == 0;
        if (good)
                *ret_message = message;

        if (message.type == PLUGIN_PASSWORD)
                explicit_bzero(&message, sizeof(message));
        return good ? 0 : PLUGIN_MESSAGE_E_FORMAT;
}

/* Returns 0 or -EINVAL. */
static int write_body(ByteWriter *w, const PluginMessage *message) {
        switch (message->type) {

        case PLUGIN_SETUP:
                write_setup(w, message);
                return 0;

        case PLUGIN_EARLY_FRAME:
        case PLUGIN_PACKET:
                if (message->frame.n_data == 0 || message->frame.n_data > PLUGIN_FRAME_MAX_BYTES)
                        return -EINVAL;

                if (message->type == PLUGIN_PACKET)
                        byte_writer_u8(w, message->frame.sent);
                byte_writer_bytes(w, message->frame.data, message->frame.n_data);
                return 0;

        case PLUGIN_TRANSPORT:
                byte_writer_u16(w, message->transport.frame_bytes);
                byte_writer_u32(w, message->transport.restart_sec);
                return 0;

        case PLUGIN_PASSWORD:
                if (message->password.n_secret > PLUGIN_SECRET_MAX_BYTES)
                        return -EINVAL;

                byte_writer_u8(w, message->password.found);
                if (message->password.found)
                        byte_writer_bytes(w, message->password.secret, message->password.n_secret);
                return 0;

        case PLUGIN_HELLO:
                write_text(w, message->hello.pppd_version, sizeof(message->hello.pppd_version));
                return 0;

        case PLUGIN_PHASE:
                byte_writer_u8(w, message->phase.phase);
                return 0;

        case PLUGIN_IP_UP:
                write_ip_up(w, message);
                return 0;

        case PLUGIN_POLICY_BREACH:
                byte_writer_u8(w, message->breach.breach);
                write_outcome(w, &message->breach.transmit);
                write_outcome(w, &message->breach.receive);
                return 0;

        case PLUGIN_EXITING:
                byte_writer_u8(w, message->exiting.status);
                return 0;

        case PLUGIN_IPV6_UP:
                byte_writer_bytes(w, &message->ipv6_up.local, sizeof(message->ipv6_up.local));
                byte_writer_bytes(w, &message->ipv6_up.peer, sizeof(message->ipv6_up.peer));
                return 0;

        case PLUGIN_NO_IPV6:
                byte_writer_u8(w, message->no_ipv6.lack);
                return 0;

        case PLUGIN_PASSWORD_REQUEST:
        case PLUGIN_IP_DOWN:
        case PLUGIN_IPV6_DOWN:
                return 0;
        }

        return -EINVAL;
}

int plugin_message_write(const PluginMessage *message, uint8_t *buffer, size_t n_buffer) {
        ByteWriter w = BYTE_WRITER(buffer, n_buffer);
        int r;

        byte_writer_u8(&w, PLUGIN_MESSAGE_VERSION);
        byte_writer_u8(&w, message->type);
        r = write_body(&w, message);
        if (r < 0)
                return r;

        return w.failed ? -ENOBUFS : (int) w.pos;
}
