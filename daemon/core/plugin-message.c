/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/plugin-message.h"

#include <errno.h>
#include <string.h>

#include "core/bytes.h"

/* Booleans of a struct, one bit each, in the order of its members. */
static uint8_t policy_pack(const MppePolicy *p) {
        return p->allow_128 | p->allow_40 << 1 | p->allow_stateful << 2 | p->open_stateful << 3 |
                p->open_40 << 4 | p->tolerate_mppc << 5;
}

static MppePolicy policy_unpack(uint8_t bits) {
        return (MppePolicy){
                .allow_128 = bits & 1,
                .allow_40 = bits & 2,
                .allow_stateful = bits & 4,
                .open_stateful = bits & 8,
                .open_40 = bits & 16,
                .tolerate_mppc = bits & 32,
        };
}

static uint8_t outcome_pack(const MppeOutcome *o) {
        return o->bits_128 | o->bits_40 << 1 | o->stateful << 2;
}

static MppeOutcome outcome_unpack(uint8_t bits) {
        return (MppeOutcome){ .bits_128 = bits & 1, .bits_40 = bits & 2, .stateful = bits & 4 };
}

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

/* Takes a text of fixed size, which must hold its NUL. */
static void read_text(ByteReader *r, char *text, size_t n_text) {
        const uint8_t *p = byte_reader_take(r, n_text);

        if (!p || !memchr(p, '\0', n_text)) {
                r->failed = true;
                return;
        }

        memcpy(text, p, n_text);
}

static void write_frame(ByteWriter *w, const PluginMessage *m) {
        if (m->frame.n_data > PLUGIN_FRAME_MAX_BYTES) {
                w->failed = true;
                return;
        }

        byte_writer_u8(w, m->frame.sent);
        byte_writer_bytes(w, m->frame.data, m->frame.n_data);
}

static void read_frame(ByteReader *r, PluginMessage *m) {
        m->frame.sent = byte_reader_u8(r);
        m->frame.n_data = byte_reader_left(r);
        m->frame.data = byte_reader_take(r, m->frame.n_data);
        if (m->frame.n_data > PLUGIN_FRAME_MAX_BYTES)
                r->failed = true;
}

static void read_password(ByteReader *r, PluginMessage *m) {
        const uint8_t *p;

        m->password.n_secret = byte_reader_left(r);
        p = byte_reader_take(r, m->password.n_secret);
        if (!p || m->password.n_secret > PLUGIN_SECRET_MAX_BYTES) {
                r->failed = true;
                return;
        }

        memcpy(m->password.secret, p, m->password.n_secret);
        m->password.secret[m->password.n_secret] = '\0';
}

static void write_ip_up(ByteWriter *w, const PluginMessage *m) {
        byte_writer_bytes(w, m->ip_up.ifname, sizeof(m->ip_up.ifname));
        write_address(w, m->ip_up.local);
        write_address(w, m->ip_up.peer);
        write_address(w, m->ip_up.dns[0]);
        write_address(w, m->ip_up.dns[1]);
        byte_writer_u8(w, outcome_pack(&m->ip_up.transmit));
        byte_writer_u8(w, outcome_pack(&m->ip_up.receive));
        byte_writer_u16(w, m->ip_up.mtu_bytes);
}

static void read_ip_up(ByteReader *r, PluginMessage *m) {
        read_text(r, m->ip_up.ifname, sizeof(m->ip_up.ifname));
        m->ip_up.local = read_address(r);
        m->ip_up.peer = read_address(r);
        m->ip_up.dns[0] = read_address(r);
        m->ip_up.dns[1] = read_address(r);
        m->ip_up.transmit = outcome_unpack(byte_reader_u8(r));
        m->ip_up.receive = outcome_unpack(byte_reader_u8(r));
        m->ip_up.mtu_bytes = byte_reader_u16(r);
}

static void read_phase(ByteReader *r, PluginMessage *m) {
        uint8_t phase = byte_reader_u8(r);

        if (phase >= _PLUGIN_PHASE_MAX)
                r->failed = true;
        m->phase.phase = phase;
}

static void read_breach(ByteReader *r, PluginMessage *m) {
        uint8_t breach = byte_reader_u8(r);

        if (breach == 0 || breach >= _PLUGIN_BREACH_MAX)
                r->failed = true;
        m->breach.breach = breach;
        m->breach.transmit = outcome_unpack(byte_reader_u8(r));
        m->breach.receive = outcome_unpack(byte_reader_u8(r));
}

/* Reads what belongs to the type. Returns false for a type that there is not. */
static bool read_body(ByteReader *r, PluginMessage *m) {
        switch (m->type) {
        case PLUGIN_SETUP:
                m->setup.mppe = policy_unpack(byte_reader_u8(r));
                m->setup.has_password = byte_reader_u8(r);
                return true;
        case PLUGIN_EARLY_FRAME:
        case PLUGIN_PACKET:
                read_frame(r, m);
                return true;
        case PLUGIN_PASSWORD:
                read_password(r, m);
                return true;
        case PLUGIN_HELLO:
                read_text(r, m->hello.pppd_version, sizeof(m->hello.pppd_version));
                return true;
        case PLUGIN_PHASE:
                read_phase(r, m);
                return true;
        case PLUGIN_IP_UP:
                read_ip_up(r, m);
                return true;
        case PLUGIN_POLICY_BREACH:
                read_breach(r, m);
                return true;
        case PLUGIN_EXITING:
                m->exiting.status = byte_reader_u8(r);
                return true;
        case PLUGIN_PASSWORD_REQUEST:
        case PLUGIN_IP_DOWN:
                return true;
        }

        return false;
}

int plugin_message_parse(const uint8_t *data, size_t n_data, PluginMessage *ret_message) {
        ByteReader r = BYTE_READER(data, n_data);
        PluginMessage m = { 0 };

        if (byte_reader_u8(&r) != PLUGIN_MESSAGE_VERSION)
                return r.failed ? PLUGIN_MESSAGE_E_FORMAT : PLUGIN_MESSAGE_E_VERSION;

        m.type = byte_reader_u8(&r);
        if (!read_body(&r, &m) || r.failed || byte_reader_left(&r) > 0)
                return PLUGIN_MESSAGE_E_FORMAT;

        *ret_message = m;
        return 0;
}

int plugin_message_write(const PluginMessage *m, uint8_t *buffer, size_t n_buffer) {
        ByteWriter w = BYTE_WRITER(buffer, n_buffer);

        byte_writer_u8(&w, PLUGIN_MESSAGE_VERSION);
        byte_writer_u8(&w, m->type);

        switch (m->type) {
        case PLUGIN_SETUP:
                byte_writer_u8(&w, policy_pack(&m->setup.mppe));
                byte_writer_u8(&w, m->setup.has_password);
                break;
        case PLUGIN_EARLY_FRAME:
        case PLUGIN_PACKET:
                write_frame(&w, m);
                break;
        case PLUGIN_PASSWORD:
                if (m->password.n_secret > PLUGIN_SECRET_MAX_BYTES)
                        return -EINVAL;
                byte_writer_bytes(&w, m->password.secret, m->password.n_secret);
                break;
        case PLUGIN_HELLO:
                byte_writer_bytes(&w, m->hello.pppd_version, sizeof(m->hello.pppd_version));
                break;
        case PLUGIN_PHASE:
                byte_writer_u8(&w, m->phase.phase);
                break;
        case PLUGIN_IP_UP:
                write_ip_up(&w, m);
                break;
        case PLUGIN_POLICY_BREACH:
                byte_writer_u8(&w, m->breach.breach);
                byte_writer_u8(&w, outcome_pack(&m->breach.transmit));
                byte_writer_u8(&w, outcome_pack(&m->breach.receive));
                break;
        case PLUGIN_EXITING:
                byte_writer_u8(&w, (uint8_t) m->exiting.status);
                break;
        case PLUGIN_PASSWORD_REQUEST:
        case PLUGIN_IP_DOWN:
                break;
        default:
                return -EINVAL;
        }

        return w.failed ? -ENOBUFS : (int) w.pos;
}
