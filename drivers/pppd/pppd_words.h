/* SPDX-License-Identifier: Apache-2.0 */
/* Words for what pppd has numbers for. The numbers are the same in all versions. */
#ifndef OPENRRAS_DRIVERS_PPPD_PPPD_WORDS_H
#define OPENRRAS_DRIVERS_PPPD_PPPD_WORDS_H

/* Why pppd ends, by its exit status (pppd(8)); NULL for 0, with which it says nothing. */
const char *pppd_exit_words(int status);
/* What LCP has agreed upon for the peer to show who it is; `digest` as CHAP has it on the wire. */
const char *pppd_auth_words(int eap, int chap, int digest, int pap);

#endif
