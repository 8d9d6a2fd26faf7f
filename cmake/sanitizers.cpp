// How programs of a sanitized build report. Compiled in, since many of them
// are started with an environment of their own.

#if defined(__SANITIZE_ADDRESS__)

// LeakSanitizer stops the program's threads with ptrace(2), which a worker
// forbids itself before it reads its first byte.
#ifdef BERTH_LOCKED_DOWN
#define BERTH_LEAKS "detect_leaks=0"
#else
#define BERTH_LEAKS "detect_leaks=1"
#endif

extern "C" const char* __asan_default_options() {
  return BERTH_LEAKS ":abort_on_error=1:detect_stack_use_after_return=1"
                     ":check_initialization_order=1";
}

// A worker sees no file of the source tree, and no actor.
extern "C" const char* __ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1"
#ifndef BERTH_LOCKED_DOWN
         ":suppressions=" BERTH_UBSAN_SUPPRESSIONS
#endif
    ;
}

#endif
