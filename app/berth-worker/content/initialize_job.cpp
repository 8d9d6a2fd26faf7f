#include "app/berth-worker/content/ready_file.hpp"
#include "app/berth-worker/content/session.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::worker {

namespace {

/// Whatever an archive said about its root.
result<void> own_root(const init_session& session) {
  auto owner = session.owner();
  if (::fchown(session.root(), owner.uid, owner.gid) < 0)
    return errno_error(errno, "fchown", "destination");
  if (::fchmod(session.root(), 0755) < 0)
    return errno_error(errno, "fchmod", "destination");
  return {};
}

result<std::string> fill(init_session& session, const initialize_job& job) {
  if (job.backup)
    return session.restore_backup(*job.backup);
  auto what = make_plan(job);
  if (!what)
    return what.error();
  return session.run(*what);
}

} // namespace

result<worker_outcome> run(const initialize_job& job) {
  auto session = init_session::open(job);
  if (!session)
    return session.error();
  if (auto ok = own_root(*session); !ok)
    return ok.error();
  auto source = fill(*session, job);
  if (!source)
    return source.error();
  if (auto ok = own_root(*session); !ok)
    return ok.error();
  if (auto ok = resolve_gitpod_clash(*session); !ok)
    return ok.error();
  if (auto ok = write_ready_file(*session, *source); !ok)
    return ok.error();
  return initialize_outcome{std::move(*source), std::move(session->metrics()),
                            session->mirror_failed(), warnings()};
}

} // namespace berth::worker
