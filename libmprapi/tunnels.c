/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/tunnels.h"

#include <stddef.h>
#include <string.h>

#include "libmprapi/buffer.h"

typedef MPRAPI_TUNNEL_CONFIG_PARAMS_REV5 TUNNELS; /* the widest layout */

/* ---- layouts ---- */

/* Where the parts of the tunnel parameters stand, and how much of the two that have grown there is. */
struct layout {
    size_t server_size, set_size;
    size_t pptp, l2tp, sstp, ike_size, l2tp_size;
};

#define LAYOUT(rev, l2tp_type)                                                                                         \
    {                                                                                                                  \
        sizeof(MPR_SERVER_EX_REV##rev), sizeof(MPR_SERVER_SET_CONFIG_EX_REV##rev),                                     \
            offsetof(MPRAPI_TUNNEL_CONFIG_PARAMS_REV##rev, PptpConfigParams),                                          \
            offsetof(MPRAPI_TUNNEL_CONFIG_PARAMS_REV##rev, L2tpConfigParams),                                          \
            offsetof(MPRAPI_TUNNEL_CONFIG_PARAMS_REV##rev, SstpConfigParams), sizeof(IKEV2_CONFIG_PARAMS_REV##rev),    \
            sizeof(l2tp_type)                                                                                          \
    }

static const struct layout layouts[] = {
    [1] = LAYOUT(1, L2TP_CONFIG_PARAMS0),     [2] = LAYOUT(2, L2TP_CONFIG_PARAMS0),
    [3] = LAYOUT(3, L2TP_CONFIG_PARAMS_REV3), [4] = LAYOUT(3, L2TP_CONFIG_PARAMS_REV3),
    [5] = LAYOUT(5, L2TP_CONFIG_PARAMS_REV5),
};
#define REVISION_MAX      5u
#define WIRE_REVISION_MAX 3u

/* All have their parameters at the same place, and a part is the beginning of the same part of a later revision. */
#define SERVER_TUNNELS offsetof(MPR_SERVER_EX_REV5, ConfigParams)
#define SET_TUNNELS    offsetof(MPR_SERVER_SET_CONFIG_EX_REV5, ConfigParams)
#define SAME_PLACE(rev)                                                                                                \
    _Static_assert(offsetof(MPR_SERVER_EX_REV##rev, ConfigParams) == SERVER_TUNNELS &&                                 \
                       offsetof(MPR_SERVER_SET_CONFIG_EX_REV##rev, ConfigParams) == SET_TUNNELS &&                     \
                       offsetof(MPRAPI_TUNNEL_CONFIG_PARAMS_REV##rev, IkeConfigParams) == 0,                           \
                   "revision " #rev " begins as the others")
SAME_PLACE(1);
SAME_PLACE(2);
SAME_PLACE(3);
SAME_PLACE(5);
_Static_assert(
    offsetof(IKEV2_CONFIG_PARAMS_REV5, TunnelConfigParams.machineCertificateName) == sizeof(IKEV2_CONFIG_PARAMS_REV1) &&
        offsetof(IKEV2_CONFIG_PARAMS_REV5, TunnelConfigParams.dwTotalEkus) == sizeof(IKEV2_CONFIG_PARAMS_REV2) &&
        offsetof(IKEV2_CONFIG_PARAMS_REV5, TunnelConfigParams.dwMmSaLifeTime) == sizeof(IKEV2_CONFIG_PARAMS_REV3) &&
        offsetof(L2TP_CONFIG_PARAMS_REV5, TunnelConfigParams.dwMmSaLifeTime) == sizeof(L2TP_CONFIG_PARAMS_REV3) &&
        offsetof(L2TP_CONFIG_PARAMS_REV5, dwTunnelConfigParamFlags) == sizeof(L2TP_CONFIG_PARAMS0),
    "a part is the beginning of the same part of a later revision");

bool tunnels_is_server(const MPRAPI_OBJECT_HEADER *h)
{
    return h->type == MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT && h->revision >= 1 && h->revision <= REVISION_MAX &&
           h->size == layouts[h->revision].server_size;
}

bool tunnels_is_set_config(const MPRAPI_OBJECT_HEADER *h)
{
    return h->type == MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT && h->revision >= 1 &&
           h->revision <= REVISION_MAX && h->size == layouts[h->revision].set_size;
}

uint8_t tunnels_wire_revision(const MPRAPI_OBJECT_HEADER *h)
{
    return h->revision < WIRE_REVISION_MAX ? h->revision : WIRE_REVISION_MAX;
}

static void narrow(const TUNNELS *t, const struct layout *l, uint8_t *params)
{
    memcpy(params, &t->IkeConfigParams, l->ike_size);
    memcpy(params + l->pptp, &t->PptpConfigParams, sizeof t->PptpConfigParams);
    memcpy(params + l->l2tp, &t->L2tpConfigParams, l->l2tp_size);
    memcpy(params + l->sstp, &t->SstpConfigParams, sizeof t->SstpConfigParams);
}

static void widen(const uint8_t *params, const struct layout *l, TUNNELS *t)
{
    memset(t, 0, sizeof *t);
    memcpy(&t->IkeConfigParams, params, l->ike_size);
    memcpy(&t->PptpConfigParams, params + l->pptp, sizeof t->PptpConfigParams);
    memcpy(&t->L2tpConfigParams, params + l->l2tp, l->l2tp_size);
    memcpy(&t->SstpConfigParams, params + l->sstp, sizeof t->SstpConfigParams);
}

/* ---- getting ---- */

/* Blocks for the caller, which are freed again when one can't be had. */
struct blocks {
    void *all[8]; /* more than a structure has pointers */
    size_t n;
    bool failed;
};

static void *block(struct blocks *b, size_t n)
{
    void *p = b->failed ? NULL : buffer_new(BUFFER_RECORDS, n);

    if (p)
        b->all[b->n++] = p;
    else
        b->failed = true;
    return p;
}

static void free_blocks(struct blocks *b)
{
    while (b->n)
        buffer_free(BUFFER_RECORDS, b->all[--b->n]);
}

/* A name or a hash: `size` and `data` are members of a CRYPTOAPI_BLOB. */
static void get_octets(struct blocks *b, const struct dim_octets *o, DWORD *size, BYTE **data)
{
    if (o->n == 0)
        return;
    *data = block(b, o->n);
    if (!*data)
        return;
    *size = o->n;
    memcpy(*data, o->p, o->n);
}

static void *get_policy(struct blocks *b, const struct dim_policy *p)
{
    _Static_assert(sizeof p->dwords == sizeof(ROUTER_CUSTOM_IKEv2_POLICY0), "six DWORDs in the same order");
    void *policy = p->there ? block(b, sizeof p->dwords) : NULL;

    if (policy)
        memcpy(policy, p->dwords, sizeof p->dwords);
    return policy;
}

/* The array and behind it the names, in one block. */
static void get_certificates(struct blocks *b, const struct dim_server_ex *s, IKEV2_TUNNEL_CONFIG_PARAMS4 *t)
{
    size_t n = s->ike.n_certificates, size = n * sizeof(CERT_NAME_BLOB);

    for (size_t i = 0; i < n; i++)
        size += s->ike.certificates[i].n;
    CERT_NAME_BLOB *names = n ? block(b, size) : NULL;
    if (!names)
        return;
    BYTE *bytes = (BYTE *)(names + n);
    for (size_t i = 0; i < n; i++) {
        const struct dim_octets *o = &s->ike.certificates[i];
        names[i] = (CERT_NAME_BLOB){.cbData = o->n, .pbData = o->n ? bytes : NULL};
        if (o->n)
            memcpy(bytes, o->p, o->n);
        bytes += o->n;
    }
    t->dwTotalCertificates = (DWORD)n;
    t->certificateNames = names;
}

/* Likewise; each text gets a NUL that the server need not have sent. */
static void get_ekus(struct blocks *b, const struct dim_server_ex *s, IKEV2_TUNNEL_CONFIG_PARAMS4 *t)
{
    size_t n = s->ike.n_ekus, size = n * sizeof(MPR_CERT_EKU);

    for (size_t i = 0; i < n; i++)
        size += ((size_t)s->ike.ekus[i].n + 1) * sizeof(WCHAR);
    MPR_CERT_EKU *ekus = n ? block(b, size) : NULL;
    if (!ekus)
        return;
    WCHAR *text = (WCHAR *)(ekus + n);
    for (size_t i = 0; i < n; i++) {
        const struct dim_eku *e = &s->ike.ekus[i];
        ekus[i] = (MPR_CERT_EKU){.dwSize = e->size, .IsEKUOID = e->is_oid, .pwszEKU = text};
        if (e->n)
            memcpy(text, e->units, e->n * sizeof(WCHAR));
        text[e->n] = 0;
        text += e->n + 1;
    }
    t->dwTotalEkus = (DWORD)n;
    t->certificateEKUs = ekus;
}

static void get_ike(struct blocks *b, const struct dim_server_ex *s, IKEV2_CONFIG_PARAMS_REV5 *ike)
{
    IKEV2_TUNNEL_CONFIG_PARAMS4 *t = &ike->TunnelConfigParams;

    ike->dwNumPorts = s->ike.ports;
    ike->dwPortFlags = s->ike.flags;
    ike->dwTunnelConfigParamFlags = s->ike.has_params;
    t->dwIdleTimeout = s->ike.idle_time;
    t->dwNetworkBlackoutTime = s->ike.blackout_time;
    t->dwSaLifeTime = s->ike.sa_time;
    t->dwSaDataSizeForRenegotiation = s->ike.sa_data;
    t->dwConfigOptions = s->ike.options;
    get_certificates(b, s, t);
    get_octets(b, &s->ike.machine_certificate, &t->machineCertificateName.cbData, &t->machineCertificateName.pbData);
    t->dwEncryptionType = s->ike.encryption;
    t->customPolicy = get_policy(b, &s->ike.policy);
    get_ekus(b, s, t);
    get_octets(b, &s->ike.machine_hash, &t->machineCertificateHash.cbData, &t->machineCertificateHash.pbData);
}

static void get_others(struct blocks *b, const struct dim_server_ex *s, TUNNELS *t)
{
    L2TP_CONFIG_PARAMS_REV5 *l2tp = &t->L2tpConfigParams;
    SSTP_CONFIG_PARAMS *sstp = &t->SstpConfigParams;

    t->PptpConfigParams = (PPTP_CONFIG_PARAMS){s->pptp.ports, s->pptp.flags};
    l2tp->dwNumPorts = s->l2tp.ports;
    l2tp->dwPortFlags = s->l2tp.flags;
    l2tp->dwTunnelConfigParamFlags = s->l2tp.has_params;
    l2tp->TunnelConfigParams.dwIdleTimeout = s->l2tp.idle_time;
    l2tp->TunnelConfigParams.dwEncryptionType = s->l2tp.encryption;
    l2tp->TunnelConfigParams.dwSaLifeTime = s->l2tp.sa_time;
    l2tp->TunnelConfigParams.dwSaDataSizeForRenegotiation = s->l2tp.sa_data;
    l2tp->TunnelConfigParams.customPolicy = get_policy(b, &s->l2tp.policy);
    sstp->dwNumPorts = s->sstp.ports;
    sstp->dwPortFlags = s->sstp.flags;
    sstp->isUseHttps = s->sstp.use_https != 0;
    sstp->certAlgorithm = s->sstp.algorithm;
    sstp->sstpCertDetails.isDefault = s->sstp.is_default != 0;
    get_octets(b, &s->sstp.certificate, &sstp->sstpCertDetails.certBlob.cbData, &sstp->sstpCertDetails.certBlob.pbData);
}

uint32_t tunnels_to_server(const struct dim_server_ex *s, void *server)
{
    MPR_SERVER_EX_REV5 all = {
        .fLanOnlyMode = s->lan_only != 0,
        .dwUpTime = s->up_time,
        .dwTotalPorts = s->total_ports,
        .dwPortsInUse = s->ports_in_use,
    };
    struct blocks b = {0};

    get_ike(&b, s, &all.ConfigParams.IkeConfigParams);
    get_others(&b, s, &all.ConfigParams);
    if (b.failed) {
        free_blocks(&b);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    memcpy(&all.Header, server, sizeof all.Header);
    const struct layout *l = &layouts[all.Header.revision];
    memset(server, 0, l->server_size); /* gaps, and what no server sends */
    memcpy(server, &all, SERVER_TUNNELS);
    narrow(&all.ConfigParams, l, (uint8_t *)server + SERVER_TUNNELS);
    return NO_ERROR;
}

/* ---- setting ---- */

static uint32_t set_octets(DWORD size, const BYTE *data, struct dim_octets *o)
{
    if (size && !data)
        return ERROR_INVALID_PARAMETER;
    *o = (struct dim_octets){data, size};
    return NO_ERROR;
}

static void set_policy(const void *policy, struct dim_policy *p)
{
    p->there = policy != NULL;
    if (policy)
        memcpy(p->dwords, policy, sizeof p->dwords);
}

static uint32_t set_certificates(const IKEV2_TUNNEL_CONFIG_PARAMS4 *t, struct dim_server_ex *s)
{
    uint32_t code = NO_ERROR;

    if (t->dwTotalCertificates > DIM_CERTIFICATES_MAX || (t->dwTotalCertificates && !t->certificateNames))
        return ERROR_INVALID_PARAMETER;
    s->ike.n_certificates = t->dwTotalCertificates;
    for (DWORD i = 0; i < t->dwTotalCertificates && code == NO_ERROR; i++)
        code = set_octets(t->certificateNames[i].cbData, t->certificateNames[i].pbData, &s->ike.certificates[i]);
    return code;
}

/* A text ends at its NUL, or after dwSize units: whoever takes dwSize for bytes has said too much, and no more is read
 * than there is. */
static uint32_t set_eku(const MPR_CERT_EKU *from, struct dim_eku *e)
{
    DWORD n = 0;

    if (from->dwSize && !from->pwszEKU)
        return ERROR_INVALID_PARAMETER;
    while (n < from->dwSize && from->pwszEKU[n])
        n++;
    *e = (struct dim_eku){(const uint8_t *)from->pwszEKU, n, from->dwSize, from->IsEKUOID != FALSE};
    return NO_ERROR;
}

static uint32_t set_ekus(const IKEV2_TUNNEL_CONFIG_PARAMS4 *t, struct dim_server_ex *s)
{
    uint32_t code = NO_ERROR;

    if (t->dwTotalEkus > DIM_EKUS_MAX || (t->dwTotalEkus && !t->certificateEKUs))
        return ERROR_INVALID_PARAMETER;
    s->ike.n_ekus = t->dwTotalEkus;
    for (DWORD i = 0; i < t->dwTotalEkus && code == NO_ERROR; i++)
        code = set_eku(&t->certificateEKUs[i], &s->ike.ekus[i]);
    return code;
}

static uint32_t set_ike_params(const IKEV2_TUNNEL_CONFIG_PARAMS4 *t, struct dim_server_ex *s)
{
    s->ike.idle_time = t->dwIdleTimeout;
    s->ike.blackout_time = t->dwNetworkBlackoutTime;
    s->ike.sa_time = t->dwSaLifeTime;
    s->ike.sa_data = t->dwSaDataSizeForRenegotiation;
    s->ike.options = t->dwConfigOptions;
    s->ike.encryption = t->dwEncryptionType;
    set_policy(t->customPolicy, &s->ike.policy);
    uint32_t code = set_certificates(t, s);
    if (code == NO_ERROR)
        code = set_ekus(t, s);
    if (code == NO_ERROR)
        code =
            set_octets(t->machineCertificateName.cbData, t->machineCertificateName.pbData, &s->ike.machine_certificate);
    if (code == NO_ERROR)
        code = set_octets(t->machineCertificateHash.cbData, t->machineCertificateHash.pbData, &s->ike.machine_hash);
    return code;
}

static uint32_t set_ike(const IKEV2_CONFIG_PARAMS_REV5 *ike, struct dim_server_ex *s)
{
    s->ike.ports = ike->dwNumPorts;
    s->ike.flags = ike->dwPortFlags;
    s->ike.has_params = ike->dwTunnelConfigParamFlags;
    if (!(ike->dwTunnelConfigParamFlags & MPRAPI_IKEV2_SET_TUNNEL_CONFIG_PARAMS))
        return NO_ERROR;
    return set_ike_params(&ike->TunnelConfigParams, s);
}

static void set_l2tp(const L2TP_CONFIG_PARAMS_REV5 *l2tp, struct dim_server_ex *s)
{
    const L2TP_TUNNEL_CONFIG_PARAMS2 *t = &l2tp->TunnelConfigParams;

    s->l2tp.ports = l2tp->dwNumPorts;
    s->l2tp.flags = l2tp->dwPortFlags;
    s->l2tp.has_params = l2tp->dwTunnelConfigParamFlags;
    if (!(l2tp->dwTunnelConfigParamFlags & MPRAPI_L2TP_SET_TUNNEL_CONFIG_PARAMS))
        return;
    s->l2tp.idle_time = t->dwIdleTimeout;
    s->l2tp.encryption = t->dwEncryptionType;
    s->l2tp.sa_time = t->dwSaLifeTime;
    s->l2tp.sa_data = t->dwSaDataSizeForRenegotiation;
    set_policy(t->customPolicy, &s->l2tp.policy);
}

static uint32_t set_sstp(const SSTP_CONFIG_PARAMS *sstp, struct dim_server_ex *s)
{
    s->sstp.ports = sstp->dwNumPorts;
    s->sstp.flags = sstp->dwPortFlags;
    s->sstp.use_https = sstp->isUseHttps != FALSE;
    s->sstp.algorithm = sstp->certAlgorithm;
    s->sstp.is_default = sstp->sstpCertDetails.isDefault != FALSE;
    return set_octets(sstp->sstpCertDetails.certBlob.cbData, sstp->sstpCertDetails.certBlob.pbData,
                      &s->sstp.certificate);
}

uint32_t tunnels_from_set_config(const void *config, struct dim_server_ex *s)
{
    MPR_SERVER_SET_CONFIG_EX_REV5 all;
    TUNNELS *t = &all.ConfigParams;
    uint32_t code = NO_ERROR;

    memcpy(&all, config, SET_TUNNELS);
    widen((const uint8_t *)config + SET_TUNNELS, &layouts[all.Header.revision], t);
    memset(s, 0, sizeof *s);
    s->revision = tunnels_wire_revision(&all.Header);
    s->protocols = all.setConfigForProtocols;
    if (s->protocols & MPRAPI_SET_CONFIG_PROTOCOL_FOR_GRE)
        return ERROR_NOT_SUPPORTED;
    if (s->protocols & MPRAPI_SET_CONFIG_PROTOCOL_FOR_PPTP) {
        s->pptp.ports = t->PptpConfigParams.dwNumPorts;
        s->pptp.flags = t->PptpConfigParams.dwPortFlags;
    }
    if (s->protocols & MPRAPI_SET_CONFIG_PROTOCOL_FOR_L2TP)
        set_l2tp(&t->L2tpConfigParams, s);
    if (s->protocols & MPRAPI_SET_CONFIG_PROTOCOL_FOR_IKEV2)
        code = set_ike(&t->IkeConfigParams, s);
    if (code == NO_ERROR && (s->protocols & MPRAPI_SET_CONFIG_PROTOCOL_FOR_SSTP))
        code = set_sstp(&t->SstpConfigParams, s);
    return code;
}
