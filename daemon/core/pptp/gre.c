/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/pptp/gre.h"

#include <string.h>

#include "core/base/bytes.h"

/* RFC 791, section 3.1. */
#define IPV4_VERSION 4
#define IPV4_HEADER_MIN_BYTES 20
#define IPV4_FRAGMENT UINT16_C(0x3fff) /* More Fragments and the offset */

/* RFC 2637, section 4.1: the first 16 bits. Everything not named here must be zero. */
#define GRE_KEY UINT16_C(0x2000)
#define GRE_SEQUENCE UINT16_C(0x1000)
#define GRE_ACKNOWLEDGEMENT UINT16_C(0x0080)
#define GRE_VERSION UINT16_C(0x0001)

/* Steps over the IPv4 header. Returns 0 and the reader of what the header says is the payload. */
static int ipv4_parse(const uint8_t *packet, size_t n_packet, GrePacket *p,
                      ByteReader *ret_payload) {

        ByteReader r = BYTE_READER(packet, n_packet);
        uint8_t version_and_length, protocol;
        uint16_t total, fragment;
        size_t n_header;

        version_and_length = byte_reader_u8(&r);
        (void) byte_reader_u8(&r); /* type of service */
        total = byte_reader_u16(&r);
        (void) byte_reader_u16(&r); /* identification */
        fragment = byte_reader_u16(&r);
        (void) byte_reader_u8(&r); /* time to live */
        protocol = byte_reader_u8(&r);
        (void) byte_reader_u16(&r); /* checksum: the kernel has looked */
        p->source.s_addr = htonl(byte_reader_u32(&r));
        p->destination.s_addr = htonl(byte_reader_u32(&r));
        if (r.failed)
                return GRE_E_SHORT;

        n_header = (version_and_length & 15) * 4;
        if (version_and_length >> 4 != IPV4_VERSION || n_header < IPV4_HEADER_MIN_BYTES ||
            protocol != IPPROTO_GRE || (fragment & IPV4_FRAGMENT) != 0)
                return GRE_E_FORMAT;

        if (total > n_packet || n_header > total)
                return GRE_E_SHORT;

        *ret_payload = BYTE_READER(packet + n_header, total - n_header);
        return 0;
}

int gre_packet_parse(const uint8_t *packet, size_t n_packet, GrePacket *ret_packet) {
        GrePacket p = { 0 };
        uint16_t flags, protocol, n_payload;
        ByteReader r;
        int e;

        e = ipv4_parse(packet, n_packet, &p, &r);
        if (e != 0)
                return e;

        flags = byte_reader_u16(&r);
        protocol = byte_reader_u16(&r);
        if (r.failed)
                return GRE_E_SHORT;
        if (protocol != GRE_PROTOCOL_PPP ||
            (flags & ~(GRE_SEQUENCE | GRE_ACKNOWLEDGEMENT)) != (GRE_KEY | GRE_VERSION))
                return GRE_E_FORMAT;

        n_payload = byte_reader_u16(&r);
        p.call_id = byte_reader_u16(&r);

        p.has_sequence = flags & GRE_SEQUENCE;
        if (p.has_sequence)
                p.sequence = byte_reader_u32(&r);

        p.has_acknowledgement = flags & GRE_ACKNOWLEDGEMENT;
        if (p.has_acknowledgement)
                p.acknowledgement = byte_reader_u32(&r);

        p.n_frame = n_payload;
        p.frame = byte_reader_take(&r, n_payload);
        if (r.failed)
                return GRE_E_SHORT;

        /* Without a sequence number there is no payload: RFC 2637, section 4.1, under S. */
        if (!p.has_sequence && p.n_frame > 0)
                return GRE_E_FORMAT;

        if (p.n_frame >= 2 && p.frame[0] == 0xff && p.frame[1] == 0x03) {
                p.frame += 2;
                p.n_frame -= 2;
        }

        *ret_packet = p;
        return 0;
}
