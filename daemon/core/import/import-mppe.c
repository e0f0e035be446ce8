/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What pppd's and NetworkManager's many words on encryption add up to. What they required stays
 * required: nothing here asks for less than they did.
 *
 *     said                                                MPPE=
 *     require-mppe-128; require-mppe with nomppe-40       128
 *     require-mppe-40; require-mppe with nomppe-128       40
 *     require-mppe; require-mppe-40 and -128              any
 *     nomppe; nothing of these                            no
 *
 * pppd 2.5.2 makes 40 bits of a plain require-mppe, and nothing at all of one with nomppe-40; what
 * was meant counts here.
 */

#include <stdio.h>
#include <string.h>

#include "core/import/import-internal.h"

/* OpenWrt's pppd: "mppe required,no40,no56,stateless". */
static void take_list(Importer *i, const char *list, ImportPlace place, const char *subject) {
        char words[256], *rest = words, *word;
        bool required = false;

        snprintf(words, sizeof(words), "%s", list);
        while ((word = strsep(&rest, ","))) {
                if (strcmp(word, "required") == 0) {
                        importer_keep(i, &i->require_any, "", place, subject);
                        required = true;
                } else if (strcmp(word, "no40") == 0) {
                        importer_keep(i, &i->refuse_40, "", place, subject);
                } else if (strcmp(word, "no128") == 0) {
                        importer_keep(i, &i->refuse_128, "", place, subject);
                } else if (strcmp(word, "no56") == 0) {
                        importer_note(i, IMPORT_NOTE_NEEDLESS, place, "mppe no56",
                                      "not needed: there are no 56 bits");
                } else if (strcmp(word, "stateless") == 0) {
                        importer_note(i, IMPORT_NOTE_NEEDLESS, place, "mppe stateless",
                                      "not needed: Stateful=no is the default");
                } else if (strcmp(word, "stateful") == 0) {
                        char origin[IMPORT_ORIGIN_MAX_BYTES];

                        importer_set(i, CONFIG_SECTION_ENCRYPTION, "Stateful", "yes",
                                     import_origin(place, origin), subject);
                } else {
                        importer_note(i, IMPORT_NOTE_LOST, place, word,
                                      "no word of pppd's mppe option that is known here");
                }
        }

        if (!required)
                importer_note(i, IMPORT_NOTE_CHANGED, place, subject,
                              "encryption was wished for and not required; see MPPE= above");
}

void import_mppe_word(Importer *i, const char *word, const char *argument, ImportPlace place,
                      const char *subject) {

        static const struct {
                const char *word;
                size_t offset;
        } words[] = {
                { "require-mppe", offsetof(Importer, require_any) },
                { "require-mppe-40", offsetof(Importer, require_40) },
                { "mppe-40", offsetof(Importer, require_40) },
                { "require-mppe-128", offsetof(Importer, require_128) },
                { "mppe-128", offsetof(Importer, require_128) },
                { "nomppe-40", offsetof(Importer, refuse_40) },
                { "nomppe-128", offsetof(Importer, refuse_128) },
                { "nomppe", offsetof(Importer, refuse_all) },
        };

        for (size_t n = 0; n < ELEMENTSOF(words); n++)
                if (strcmp(words[n].word, word) == 0) {
                        importer_keep(i, (ImportValue *) (void *) ((char *) i + words[n].offset),
                                      "", place, subject);
                        return;
                }

        take_list(i, argument, place, subject);
}

/* Sets MPPE= because of one option, and notes that the others are a part of that. */
static void decide(Importer *i, const char *value, const ImportValue *from, const char *subject) {
        const struct {
                const ImportValue *value;
                const char *name;
        } words[] = {
                { &i->require_any, "require-mppe" },     { &i->require_40, "require-mppe-40" },
                { &i->require_128, "require-mppe-128" }, { &i->refuse_40, "nomppe-40" },
                { &i->refuse_128, "nomppe-128" },        { &i->refuse_all, "nomppe" },
        };

        importer_set(i, CONFIG_SECTION_ENCRYPTION, "MPPE", value, from->origin, subject);
        for (size_t n = 0; n < ELEMENTSOF(words); n++)
                if (words[n].value->text && words[n].value != from &&
                    strcmp(words[n].value->origin, from->origin) != 0)
                        importer_note_origin(i, IMPORT_NOTE_NEEDLESS, words[n].value->origin,
                                             words[n].name, "it is a part of MPPE=%s", value);
}

void import_mppe_finish(Importer *i) {
        bool wants_40 = i->require_40.text && !i->refuse_40.text,
             wants_128 = i->require_128.text && !i->refuse_128.text;

        if (i->require_any.text || i->require_40.text || i->require_128.text) {
                const ImportValue *from = i->require_any.text ? &i->require_any :
                        i->require_128.text                   ? &i->require_128 :
                                                                &i->require_40;

                if (wants_128 && (!i->require_40.text || i->refuse_40.text))
                        decide(i, "128", &i->require_128, "require-mppe-128");
                else if (wants_40 && (!i->require_128.text || i->refuse_128.text) &&
                         (!i->require_any.text || i->refuse_128.text))
                        decide(i, "40", &i->require_40, "require-mppe-40");
                else if (i->refuse_40.text)
                        decide(i, "128", from, "require-mppe");
                else if (i->refuse_128.text)
                        decide(i, "40", from, "require-mppe");
                else
                        decide(i, "any", from, "require-mppe");
                if (i->refuse_all.text)
                        importer_note_origin(i, IMPORT_NOTE_CHANGED, i->refuse_all.origin, "nomppe",
                                             "encryption is also required, and that counts");
                return;
        }

        if (i->refuse_all.text)
                decide(i, "no", &i->refuse_all, "nomppe");
        else
                importer_set(i, CONFIG_SECTION_ENCRYPTION, "MPPE", "no", i->result->path,
                             "no encryption");
        importer_note_origin(i, IMPORT_NOTE_CHANGED,
                             i->refuse_all.text ? i->refuse_all.origin : i->result->path, "MPPE=no",
                             "nothing here asks for encryption, so all goes in clear text, as it "
                             "did; without this line 128 bits are required");
}
