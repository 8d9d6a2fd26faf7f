#pragma once

namespace berth::init {

/// Runs `command`, for which somebody outside of the workspace opened a
/// session, with our stdio as its own and in a session of its own.
///
/// Descriptor 3 is the leash that the other side holds, a socket. We write 1 on
/// it when we are ready; a byte that comes says begin: a terminal has its size
/// by then. Its end says that nobody is interested any more: the command's
/// process group gets SIGHUP and, a moment later, SIGKILL. Other signals that
/// we get are passed on to that group.
///
/// Returns what a shell would: the command's exit code, 128+n if signal n ended
/// it, 127 if there is no such command, 126 if it cannot be executed.
int run_command(char** command);

} // namespace berth::init
