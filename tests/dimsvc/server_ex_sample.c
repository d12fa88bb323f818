/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/dimsvc/server_ex_sample.h"

#include <string.h>

struct dim_octets sample_octets(const char *s)
{
    return (struct dim_octets){(const uint8_t *)s, (uint32_t)strlen(s)};
}

void sample_server(struct dim_server_ex *s, uint8_t revision)
{
    memset(s, 0, sizeof *s);
    s->revision = revision;
    s->protocols = 15;
    s->ike.ports = 1;
    s->ike.flags = 2;
    s->ike.has_params = 1;
    s->ike.idle_time = 4;
    s->ike.blackout_time = 5;
    s->ike.sa_time = 6;
    s->ike.sa_data = 7;
    s->ike.options = 8;
    s->ike.n_certificates = 2;
    s->ike.certificates[0] = sample_octets("abc");
    s->pptp.ports = 9;
    s->pptp.flags = 10;
    s->l2tp.ports = 11;
    s->l2tp.flags = 12;
    s->sstp.ports = 13;
    s->sstp.flags = 14;
    s->sstp.use_https = 1;
    s->sstp.algorithm = 0x800c;
    s->sstp.is_default = 1;
    s->sstp.certificate = sample_octets("sstp");
    if (revision >= 2) {
        s->ike.machine_certificate = sample_octets("machine");
        s->ike.encryption = 15;
        s->ike.policy = (struct dim_policy){true, {1, 2, 3, 4, 5, 6}};
    }
    if (revision >= 3) {
        s->ike.n_ekus = 1;
        s->ike.ekus[0] = (struct dim_eku){(const uint8_t *)u"1.2", 3, 3, true};
        s->ike.machine_hash = sample_octets("h");
        s->l2tp.has_params = 1;
        s->l2tp.idle_time = 17;
        s->l2tp.encryption = 18;
        s->l2tp.sa_time = 19;
        s->l2tp.sa_data = 20;
        s->l2tp.policy = (struct dim_policy){true, {7, 8, 9, 10, 11, 12}};
    }
}
