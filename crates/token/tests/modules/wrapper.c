/*
 * A PKCS #11 module that is SoftHSM, but for what a test changes in `change()`.
 *
 * A test appends the body of that function, and what it needs, to this text. The calls are those of
 * PKCS #11 version 2.40 in the order of CK_FUNCTION_LIST (section 4.10 there).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

typedef unsigned long RV;
typedef unsigned long U;

enum {
    C_Initialize, C_Finalize, C_GetInfo, C_GetFunctionList_, C_GetSlotList, C_GetSlotInfo,
    C_GetTokenInfo, C_GetMechanismList, C_GetMechanismInfo, C_InitToken, C_InitPIN, C_SetPIN,
    C_OpenSession, C_CloseSession, C_CloseAllSessions, C_GetSessionInfo, C_GetOperationState,
    C_SetOperationState, C_Login, C_Logout, C_CreateObject, C_CopyObject, C_DestroyObject,
    C_GetObjectSize, C_GetAttributeValue, C_SetAttributeValue, C_FindObjectsInit, C_FindObjects,
    C_FindObjectsFinal, C_EncryptInit, C_Encrypt, C_EncryptUpdate, C_EncryptFinal, C_DecryptInit,
    C_Decrypt, C_DecryptUpdate, C_DecryptFinal, C_DigestInit, C_Digest, C_DigestUpdate,
    C_DigestKey, C_DigestFinal, C_SignInit, C_Sign, CALLS = 68
};

struct list {
    unsigned char version[2];
    RV (*call[CALLS])();
};

struct attribute {
    U type;
    void *value;
    U length;
};

static struct list *softhsm, list;

static void change(void);

RV C_GetFunctionList(struct list **answer) {
    if (!softhsm) {
        void *library = dlopen(SOFTHSM, RTLD_NOW);
        if (!library) return 5;
        RV (*get)(struct list **) = (RV (*)(struct list **))dlsym(library, "C_GetFunctionList");
        RV said = get(&softhsm);
        if (said) return said;
        list = *softhsm;
        change();
    }
    *answer = &list;
    return 0;
}

/* Ends the process as a wild pointer does. */
static inline RV crash(void) {
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return 0;
}

/* Tells the test that a call has begun, and never returns. */
static inline RV hang(void) {
    int tell = open(BEGUN, O_WRONLY);
    if (tell >= 0) close(tell);
    for (;;) pause();
}

