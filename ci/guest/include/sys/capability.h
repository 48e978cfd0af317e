/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What seccomp_bpf, a stock selftest, takes from libcap: the calling thread's
 * capabilities.  So the test can be built for every target without that library.
 */
#ifndef GUEST_SYS_CAPABILITY_H
#define GUEST_SYS_CAPABILITY_H

#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
} *cap_t;
typedef int cap_value_t;
typedef enum { CAP_EFFECTIVE, CAP_PERMITTED, CAP_INHERITABLE } cap_flag_t;
typedef enum { CAP_CLEAR, CAP_SET } cap_flag_value_t;

static inline cap_t cap_get_proc(void)
{
	cap_t cap = calloc(1, sizeof(*cap));

	if (!cap)
		return NULL;
	cap->header.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capget, &cap->header, cap->data)) {
		free(cap);
		return NULL;
	}
	return cap;
}

static inline int cap_set_proc(cap_t cap)
{
	return syscall(SYS_capset, &cap->header, cap->data);
}

static inline int cap_free(cap_t cap)
{
	free(cap);
	return 0;
}

static inline __u32 *cap_word(cap_t cap, cap_value_t value, cap_flag_t flag)
{
	struct __user_cap_data_struct *data = &cap->data[CAP_TO_INDEX(value)];

	return flag == CAP_EFFECTIVE ? &data->effective :
	       flag == CAP_PERMITTED ? &data->permitted : &data->inheritable;
}

static inline int cap_get_flag(cap_t cap, cap_value_t value, cap_flag_t flag,
			       cap_flag_value_t *set)
{
	*set = *cap_word(cap, value, flag) & CAP_TO_MASK(value) ? CAP_SET : CAP_CLEAR;
	return 0;
}

static inline int cap_set_flag(cap_t cap, cap_flag_t flag, int nr,
			       const cap_value_t *values, cap_flag_value_t set)
{
	int i;

	for (i = 0; i < nr; i++) {
		__u32 *word = cap_word(cap, values[i], flag);

		if (set == CAP_SET)
			*word |= CAP_TO_MASK(values[i]);
		else
			*word &= ~CAP_TO_MASK(values[i]);
	}
	return 0;
}

#endif /* GUEST_SYS_CAPABILITY_H */
