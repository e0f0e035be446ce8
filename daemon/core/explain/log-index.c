/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-index.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-carrier.h"
#include "core/explain/log-client.h"

/*
 * A text is found by its first four bytes; no known text is shorter. Of the many that begin alike
 * ("The server "), the next four exclude most.
 */
#define BUCKET_BYTES 4
#define KEY_BYTES 8
#define N_BUCKETS 8192

static const struct {
        const char *text;
        LogPhrase phrase;
} phrases[] = {
        { "Using interface", LOG_PHRASE_BEGINS },
        { "using channel", LOG_PHRASE_BEGINS },
        { "Using channel", LOG_PHRASE_BEGINS },
        { "Connect: ", LOG_PHRASE_CONNECT },
        { "lugin pptp.so loaded", LOG_PHRASE_PPTP_PLUGIN },
        { "PPTP plugin version", LOG_PHRASE_PPTP_PLUGIN },
        { " started by ", LOG_PHRASE_STARTED },
        { "pppd options in effect", LOG_PHRASE_STARTED },
        { "Connecting to ", LOG_PHRASE_STARTED },
        { "Connection terminated", LOG_PHRASE_TERMINATED },
        { "Modem hangup", LOG_PHRASE_TERMINATED },
        { "Terminating on signal", LOG_PHRASE_SIGNAL },
        { "User request", LOG_PHRASE_SIGNAL },
        { "timeout exceeded", LOG_PHRASE_IMPATIENT },
        { "'ConnectFailed'", LOG_PHRASE_IMPATIENT },
        { "Closing PPTP connection", LOG_PHRASE_CLOSING },
        { "Closing connection", LOG_PHRASE_CLOSING },
        { "missing echo reply", LOG_PHRASE_CLOSING },
        { "synchronous pptp option is ", LOG_PHRASE_PPTP_STARTED },
        { "'Start-Control-Connection-Request'", LOG_PHRASE_START_ASKED },
        { "Received Start Control Connection Reply", LOG_PHRASE_START_ANSWERED },
        { "Client connection established", LOG_PHRASE_START_ANSWERED },
        { "'Outgoing-Call-Request'", LOG_PHRASE_CALL_ASKED },
        { "Received Outgoing Call Reply", LOG_PHRASE_CALL_ANSWERED },
        { "Outgoing call established", LOG_PHRASE_CALL_MADE },
        { "read returned zero, peer has closed", LOG_PHRASE_PEER_CLOSED },
        { "LCP: timeout sending Config-Requests", LOG_PHRASE_LCP_TIMEOUT },
        /* pptp-linux: a server reports the character map that LCP agreed on; before, it is -1. */
        { "send_accm is 00000000", LOG_PHRASE_HEARD },
        /* macOS */
        { "PPTP connection established", LOG_PHRASE_CALL_MADE },
        { "PPTP disconnecting", LOG_PHRASE_CLOSING },
        { "CHAP credentials requested", LOG_PHRASE_ASKED_PASSWORD },
        { " authentication succeeded", LOG_PHRASE_AUTHENTICATED },
        { "added response cache entry ", LOG_PHRASE_PROOF },
        { "MS-CHAPv2 mutual authentication failed", LOG_PHRASE_PROOF },
        { " compression enabled", LOG_PHRASE_ENCRYPTED },
        { "local  IP address ", LOG_PHRASE_UP },
        { "local IP address ", LOG_PHRASE_UP },
        { "phase 'running'", LOG_PHRASE_UP },
        /* NetworkManager's plugin: LCP is up, and the log-on is done (pppd's link_established()) */
        { "phase 'authenticate'", LOG_PHRASE_HEARD },
        { "phase 'network'", LOG_PHRASE_AUTHENTICATED },
        { "passwd-hook: requesting credentials", LOG_PHRASE_ASKED_PASSWORD },
        /* What pppd does as soon as the addresses are agreed on. */
        { "ot replacing existing default route", LOG_PHRASE_UP },
        { "ot replacing default route", LOG_PHRASE_UP },
        { "eplacing old default route", LOG_PHRASE_UP },
        { " for proxy arp", LOG_PHRASE_UP },
        { "ethernet address for proxy ARP", LOG_PHRASE_UP },
        { "ip-up event", LOG_PHRASE_UP },
        { "ip-up: event", LOG_PHRASE_UP },
        { "Script /etc/ppp/ip-up started", LOG_PHRASE_UP },
        { "remote IP address ", LOG_PHRASE_ADDRESS },
        { "control connection to ", LOG_PHRASE_ADDRESS },
        { "Script pptp ", LOG_PHRASE_ADDRESS },
        { " --nolaunchpppd", LOG_PHRASE_ADDRESS },
        { "]: IP: ", LOG_PHRASE_ADDRESS },
        { " bytes, received ", LOG_PHRASE_TRAFFIC },
        { "Connect time ", LOG_PHRASE_TRAFFIC },
        { "eplacing old default route", LOG_PHRASE_REMARK },
        { "Received bad configure-", LOG_PHRASE_REMARK },
        { "Discarded non-LCP packet", LOG_PHRASE_REMARK },
        { "emote message: ", LOG_PHRASE_REMARK },
        { "No response to ", LOG_PHRASE_REMARK },
        { "local  LL address ", LOG_PHRASE_REMARK },
        { "]: segfault at ", LOG_PHRASE_CRASH },
        { "] general protection", LOG_PHRASE_CRASH },
        { "] trap ", LOG_PHRASE_CRASH },
        { " dumped core", LOG_PHRASE_CRASH },
        { "Exit.", LOG_PHRASE_ENDED },
        { "phase 'dead'", LOG_PHRASE_ENDED },
        { "VPN plugin failed", LOG_PHRASE_ENDED },
        { "state changed: started (4)", LOG_PHRASE_UP },
        { "VPN plugin state changed: 4", LOG_PHRASE_UP },
        { "(IP Config Get) complete", LOG_PHRASE_UP },
        { "(IP4 Config Get) complete", LOG_PHRASE_UP },
        { "VPN plugin state changed: 6", LOG_PHRASE_ENDED },
        { "state changed: stopped (6)", LOG_PHRASE_ENDED },
        { "VPN plugin: failed", LOG_PHRASE_ENDED },
        { "terminated with signal 15", LOG_PHRASE_ENDED },
        { "Child process ", LOG_PHRASE_KILLED },
        { "/ip-down started", LOG_PHRASE_IP_DOWN },
        { "Echo Request received", LOG_PHRASE_ALIVE },
        { "Echo Reply received", LOG_PHRASE_ALIVE },
        /* NetworkManager, the kernel's network cards, systemd */
        { "completed -> disconnected", LOG_PHRASE_UPLINK },
        { "completed -> authenticating", LOG_PHRASE_UPLINK },
        { "carrier-changed", LOG_PHRASE_UPLINK },
        { "carrier: link disconnected", LOG_PHRASE_UPLINK },
        { "Link is Down", LOG_PHRASE_UPLINK },
        { ": link down", LOG_PHRASE_UPLINK },
        { "PM: suspend entry", LOG_PHRASE_UPLINK },
        { "Suspending system", LOG_PHRASE_UPLINK },
        { "NETDEV WATCHDOG", LOG_PHRASE_UPLINK },
        { "rror inserting ppp", LOG_PHRASE_MODULE },
        { "could not insert 'ppp", LOG_PHRASE_MODULE },
        { "Start Control Connection Reply", LOG_PHRASE_CLUE },
        { "Outgoing Call Reply", LOG_PHRASE_CLUE },
        { "outgoing call request", LOG_PHRASE_CLUE },
        { "Call disconnect notification", LOG_PHRASE_CLUE },
        { "esult code is ", LOG_PHRASE_CLUE },
        { "terminated by peer (", LOG_PHRASE_CLUE },
        { "exit code ", LOG_PHRASE_CLUE },
        { "exit status ", LOG_PHRASE_CLUE },
        { "error code ", LOG_PHRASE_CLUE },
        { "exited with code ", LOG_PHRASE_CLUE },
        { "code=exited, status=", LOG_PHRASE_CLUE },
        { "pppd ended with signal ", LOG_PHRASE_CLUE },
        { "No auth is possible", LOG_PHRASE_CLUE },
        { "No CHAP secret found for authenticating us", LOG_PHRASE_CLUE },
        { "MPPE required", LOG_PHRASE_OPTION },
        { "mppe", LOG_PHRASE_OPTION },
        { "refuse-", LOG_PHRASE_OPTION },
        { "MPPE=", LOG_PHRASE_OPTION },
        { "PROTO=47", LOG_PHRASE_CLUE },
        { "DPT=1723 ", LOG_PHRASE_DROPPED },
        { "IN=ppp", LOG_PHRASE_DROPPED },
        { "failed to connect: '", LOG_PHRASE_PLUGIN },
        { "' appeared; activating connections", LOG_PHRASE_PLUGIN },
        { "last message repeated ", LOG_PHRASE_REPEATED },
        { " for proxy arp", LOG_PHRASE_PROXY },
        { " (expecting ", LOG_PHRASE_GRE },
        { "accepting packet ", LOG_PHRASE_GRE },
        /* RouterOS and Windows */
        { "pptp,ppp,info", LOG_PHRASE_CLIENT },
        { "LCP missed all replies", LOG_PHRASE_CLIENT },
        { "code returned on failure is ", LOG_PHRASE_CLIENT },
        { ": initializing...", LOG_PHRASE_BEGINS },
        /* FreeBSD's mpd5 */
        { "Link: OPEN event", LOG_PHRASE_BEGINS },
        { "PPTP call successful", LOG_PHRASE_CALL_MADE },
        { "PPTP call terminated", LOG_PHRASE_ENDED },
        { "LCP: parameter negotiation failed", LOG_PHRASE_LCP_TIMEOUT },
        { "LCP: rec'd ", LOG_PHRASE_HEARD },
        { "CHAP: rec'd CHALLENGE", LOG_PHRASE_ASKED_PASSWORD },
        { "LCP: authorization successful", LOG_PHRASE_AUTHENTICATED },
        { "IPCP: LayerUp", LOG_PHRASE_UP },
        { "CCP: protocol was rejected by peer", LOG_PHRASE_NO_CCP },
        { "CCP: rec'd Configure Reject", LOG_PHRASE_CCP_REFUSED },
        { "Hangup (SIGHUP)", LOG_PHRASE_HANGUP_SIGNAL },
        { "LCP: protocol CCP was rejected", LOG_PHRASE_NO_CCP },
        { "CTRL: ", LOG_PHRASE_SERVER },
        { "MGR: ", LOG_PHRASE_SERVER },
        { "GRE: Bad checksum from pppd", LOG_PHRASE_SERVER },
        { "GRE: read(fd=", LOG_PHRASE_SERVER },
        { "peer from calling number", LOG_PHRASE_SERVER },
        { "pptpd-logwtmp", LOG_PHRASE_SERVER },
        { " failed CHAP authentication", LOG_PHRASE_SERVER },
        { " failed PAP authentication", LOG_PHRASE_SERVER },
        { " peer authentication failed for ", LOG_PHRASE_SERVER },
        { "RADIUS plugin initialized", LOG_PHRASE_SERVER },
        { "PPTP received Call Clear Request", LOG_PHRASE_SERVER },
        { "--> Client with address", LOG_PHRASE_SERVER },
        { " peer authentication succeeded", LOG_PHRASE_SERVER },
        { "server connection ESTABLISHED", LOG_PHRASE_SERVER },
        { "PPTP incoming call in progress", LOG_PHRASE_SERVER },
        { "ncoming PPTP connection", LOG_PHRASE_SERVER },
        { "CHAP: sending FAILURE", LOG_PHRASE_SERVER },
        { "CHAP: Invalid response", LOG_PHRASE_SERVER },
        { "CHAP: sending SUCCESS", LOG_PHRASE_SERVER },
        { "!}!}", LOG_PHRASE_RAW },
        { "Error: Connection activation failed:", LOG_PHRASE_NMCLI },
        { "Fehler: Aktivierung der Verbindung ist gescheitert:", LOG_PHRASE_NMCLI },
        { "Erreur : l'activation de la connexion a échoué :", LOG_PHRASE_NMCLI },
        { "Error: falló la activación de la conexión:", LOG_PHRASE_NMCLI },
        { "Errore: attivazione connessione non riuscita:", LOG_PHRASE_NMCLI },
        { "Erro: Ativação da conexão falhou:", LOG_PHRASE_NMCLI },
        { "Ошибка: сбой активации подключения:", LOG_PHRASE_NMCLI },
        { "Помилка: не вдалося активувати з'єднання:", LOG_PHRASE_NMCLI },
        { "Błąd: aktywacja połączenia się nie powiodła:", LOG_PHRASE_NMCLI },
        { "Fout: Activeren van verbinding is mislukt:", LOG_PHRASE_NMCLI },
        { "Fel: Aktivering av anslutning misslyckades:", LOG_PHRASE_NMCLI },
        { "Hiba: a kapcsolat aktiválása sikertelen:", LOG_PHRASE_NMCLI },
        { "错误：连接激活失败：", LOG_PHRASE_NMCLI },
        { "エラー: 接続のアクティベーションに失敗:", LOG_PHRASE_NMCLI },
        { "Link encap:", LOG_PHRASE_COUNTER },
        { ": flags=", LOG_PHRASE_COUNTER },
        { "RTNETLINK answers: File exists", LOG_PHRASE_EXISTS },
        { "RX bytes:", LOG_PHRASE_COUNTER },
        { "RX packets ", LOG_PHRASE_COUNTER },
        { "TX packets ", LOG_PHRASE_COUNTER },
        { "Couldn't get channel number: Input/output error", LOG_PHRASE_TERMINAL },
        { "Couldn't set tty to PPP discipline: Input/output error", LOG_PHRASE_TERMINAL },
        { "tcgetattr: Input/output error", LOG_PHRASE_TERMINAL },
        { "Couldn't get channel number: I/O error", LOG_PHRASE_TERMINAL },
        { "Couldn't set tty to PPP discipline: I/O error", LOG_PHRASE_TERMINAL },
        { "tcgetattr: I/O error", LOG_PHRASE_TERMINAL },
};

/* Words of ip, ifconfig and route. */
static const char *const network_texts[] = { "inet ", " dev ", "255.", " 0.0.0.0" };
/* Words of tcpdump. */
static const char *const capture_texts[] = { ": GREv1", "CTRL_MSGTYPE=" };

#define N_TEXTS                                                               \
        (CATALOGUE_N_LOG_TEXTS + CATALOGUE_N_FAILURES + ELEMENTSOF(phrases) + \
         LOG_CARRIER_N_TEXTS + LOG_CLIENT_N_TEXTS + LOG_PROGRAM_N_TEXTS +     \
         ELEMENTSOF(network_texts) + ELEMENTSOF(capture_texts))

typedef struct IndexEntry {
        const char *text;
        size_t n_text;
        uint64_t key, mask; /* see LineKey; the mask leaves out what a shorter text does not have */
        LogMatchKind kind;
        unsigned number;
        uint16_t next; /* of the same bucket, from 1; 0: none */
} IndexEntry;

struct LogIndex {
        uint16_t buckets[N_BUCKETS]; /* an entry, from 1; 0: none */
        IndexEntry entries[N_TEXTS];
        uint16_t n_entries;
};

static_assert(N_TEXTS < UINT16_MAX, "entries are numbered in 16 bits");

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

/*
 * The last KEY_BYTES characters that were read of a line: the same for small and capital letters,
 * and for any number of blanks, because people copy messages by hand, and editors and web pages
 * change the blanks. The oldest character is the highest byte.
 */
typedef struct LineKey {
        uint64_t key;
        size_t places[KEY_BYTES]; /* in the line, of the characters; a ring */
        size_t n_read;
} LineKey;

static void line_key_add(LineKey *k, char c, size_t place) {
        k->key = k->key << 8 | (is_blank(c) ? ' ' : (unsigned char) c | 0x20);
        k->places[k->n_read++ % KEY_BYTES] = place;
}

/* Whether the key is complete; then it begins at *ret_place of the line. */
static bool line_key_get_place(const LineKey *k, size_t *ret_place) {
        if (k->n_read < KEY_BYTES)
                return false;

        *ret_place = k->places[k->n_read % KEY_BYTES];
        return true;
}

/* The key with which a text begins. Of a shorter one, blanks stand for what it does not have. */
static uint64_t key_of(const char *text) {
        LineKey k = { 0 };

        while (k.n_read < KEY_BYTES) {
                while (is_blank(*text) && is_blank(text[1]))
                        text++;
                line_key_add(&k, *text ? *text : ' ', 0);
                text += *text != '\0';
        }

        return k.key;
}

/* A multiplicative hash of the first bytes (Knuth, volume 3, section 6.4). */
static size_t bucket_of(uint64_t key) {
        return (uint32_t) (key >> 32) * UINT32_C(2654435761) / (UINT32_C(1) << 19);
}

static void index_add(LogIndex *index, LogMatchKind kind, unsigned number, const char *text) {
        IndexEntry *entry = &index->entries[index->n_entries++];
        size_t n_text = strlen(text), n_key = 0, bucket;

        *entry = (IndexEntry){ .text = text, .n_text = n_text, .kind = kind, .number = number };
        for (size_t i = 0; i < n_text && n_key < KEY_BYTES; i++)
                n_key += !is_blank(text[i]) || !is_blank(text[i + 1]);
        if (n_key < BUCKET_BYTES)
                return;

        entry->mask = UINT64_MAX << 8 * (KEY_BYTES - n_key);
        entry->key = key_of(text) & entry->mask;
        bucket = bucket_of(entry->key);
        entry->next = index->buckets[bucket];
        index->buckets[bucket] = index->n_entries;
}

LogIndex *log_index_new(void) {
        LogIndex *index = calloc(1, sizeof(*index));

        if (!index)
                return NULL;

        for (size_t i = 0; i < CATALOGUE_N_LOG_TEXTS; i++)
                index_add(index, LOG_MATCH_TEXT, (unsigned) i, catalogue_log_texts[i].text);
        for (size_t i = 0; i < CATALOGUE_N_FAILURES; i++)
                index_add(index, LOG_MATCH_SUMMARY, (unsigned) i, catalogue_rows[i].summary);
        for (size_t i = 0; i < ELEMENTSOF(phrases); i++)
                index_add(index, LOG_MATCH_PHRASE, phrases[i].phrase, phrases[i].text);
        for (size_t i = 0; i < LOG_CARRIER_N_TEXTS; i++)
                index_add(index, LOG_MATCH_CARRIER, log_carrier_texts[i].carrier,
                          log_carrier_texts[i].text);
        for (size_t i = 0; i < LOG_PROGRAM_N_TEXTS; i++)
                index_add(index, LOG_MATCH_PROGRAM, log_program_texts[i].program,
                          log_program_texts[i].text);
        for (size_t i = 0; i < LOG_CLIENT_N_TEXTS; i++)
                index_add(index, LOG_MATCH_WINDOWS, log_client_texts[i].error,
                          log_client_texts[i].text);
        for (size_t i = 0; i < ELEMENTSOF(network_texts); i++)
                index_add(index, LOG_MATCH_NETWORK, 0, network_texts[i]);
        for (size_t i = 0; i < ELEMENTSOF(capture_texts); i++)
                index_add(index, LOG_MATCH_CAPTURE, 0, capture_texts[i]);

        return index;
}

LogIndex *log_index_free(LogIndex *index) {
        free(index);
        return NULL;
}

/* Keeps the longest of each kind at one place. Returns how many matches there are then. */
static size_t matches_add(LogMatch *matches, size_t n_matches, const IndexEntry *entry,
                          size_t offset, size_t n_text) {
        LogMatch match = { entry->kind, entry->number, offset, n_text };

        for (size_t i = n_matches; i > 0 && matches[i - 1].offset == offset; i--)
                if (matches[i - 1].kind == entry->kind && entry->kind != LOG_MATCH_PHRASE) {
                        if (matches[i - 1].n_text < n_text)
                                matches[i - 1] = match;
                        return n_matches;
                }

        if (n_matches < LOG_MATCHES_MAX)
                matches[n_matches++] = match;
        return n_matches;
}

/*
 * Compares the texts of failures and carriers without regard to case, and all others as the
 * programs print them, but for the number of blanks between words. Returns how long the text is in
 * the line, or 0 if it is not there.
 */
static size_t entry_is_at(const IndexEntry *entry, const char *text, size_t n_text) {
        bool any_case = entry->kind == LOG_MATCH_TEXT || entry->kind == LOG_MATCH_CARRIER;
        size_t k = 0, i = 0;

        while (k < entry->n_text) {
                char c = entry->text[k];

                if (i == n_text)
                        return 0;
                if (text[i] == c && !is_blank(c)) {
                        k++;
                        i++;
                        continue;
                }
                if (is_blank(c) && is_blank(text[i])) {
                        while (k < entry->n_text && is_blank(entry->text[k]))
                                k++;
                        /* A text that begins or ends with a blank has no more of them. */
                        while (i < n_text && is_blank(text[i]) &&
                               (k < entry->n_text || i == 0 || !is_blank(text[i - 1])))
                                i++;
                        continue;
                }
                if (!any_case || tolower((unsigned char) text[i]) != tolower((unsigned char) c))
                        return 0;
                k++;
                i++;
        }

        return i;
}

/* Adds the known texts that begin at a place of the line, of which key is the key. */
static size_t matches_add_place(const LogIndex *index, uint64_t key, size_t place, const char *text,
                                size_t n_text, LogMatch *matches, size_t n_matches) {
        for (uint16_t e = index->buckets[bucket_of(key)]; e > 0; e = index->entries[e - 1].next) {
                const IndexEntry *entry = &index->entries[e - 1];
                size_t n;

                if ((key & entry->mask) != entry->key)
                        continue;
                n = entry_is_at(entry, text + place, n_text - place);
                if (n > 0)
                        n_matches = matches_add(matches, n_matches, entry, place, n);
        }

        return n_matches;
}

size_t log_index_find(const LogIndex *index, const char *text, size_t n_text,
                      LogMatch ret_matches[static LOG_MATCHES_MAX]) {
        size_t n_matches = 0, place;
        LineKey k = { 0 };

        /* Behind the end, blanks complete the keys of the last characters. */
        for (size_t i = 0; i < n_text + KEY_BYTES - BUCKET_BYTES; i++) {
                /* The first of several blanks stands for all. */
                if (i > 0 && i < n_text && is_blank(text[i]) && is_blank(text[i - 1]))
                        continue;
                line_key_add(&k, i < n_text ? text[i] : ' ', i);
                if (line_key_get_place(&k, &place) && place < n_text)
                        n_matches = matches_add_place(index, k.key, place, text, n_text,
                                                      ret_matches, n_matches);
        }

        return n_matches;
}

size_t log_index_find_cut(const LogIndex *index, const char *text, size_t n_text,
                          LogMatch ret_matches[static LOG_MATCHES_MAX]) {

        for (size_t i = 0; i + LOG_PREFIX_MIN <= n_text; i++) {
                const char *found = NULL;
                size_t n_matches = 0, n_rest = n_text - i;

                for (uint16_t e = index->buckets[bucket_of(key_of(text + i))]; e > 0;
                     e = index->entries[e - 1].next) {
                        const IndexEntry *entry = &index->entries[e - 1];

                        if ((entry->kind != LOG_MATCH_TEXT && entry->kind != LOG_MATCH_PHRASE) ||
                            entry->n_text <= n_rest || memcmp(entry->text, text + i, n_rest) != 0)
                                continue;
                        if (found && strcmp(found, entry->text) != 0)
                                return 0;
                        found = entry->text;
                        if (n_matches < LOG_MATCHES_MAX)
                                ret_matches[n_matches++] =
                                        (LogMatch){ entry->kind, entry->number, i, n_rest };
                }
                if (n_matches > 0)
                        return n_matches;
        }

        return 0;
}
