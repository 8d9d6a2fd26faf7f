#include "app/berth-worker/git/program.hpp"

#include "app/berth-worker/git/failure.hpp"
#include "app/berth-worker/speech.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace berth::worker {

namespace {

constexpr auto git_path = "/usr/bin/git";

// Told through a descriptor, so it stands in no command line, no environment
// and no file.
constexpr auto credential_helper
  = "!f() { test \"$1\" = get && cat /proc/self/fd/3; }; f";

constexpr std::array fixed_config{
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "credential.helper=",
  "init.templateDir=",
  // Where to is up to the node's packet filter, and no password goes along.
  "http.followRedirects=initial",
  "http.lowSpeedLimit=1000",
  "http.lowSpeedTime=60",
  "fetch.recurseSubmodules=false",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "advice.detachedHead=false",
  "init.defaultBranch=main",
  "user.name=Berth",
  "user.email=berth@localhost",
  "transfer.fsckObjects=true",
  // Old but harmless sins that are in the history of well-known projects.
  "fetch.fsck.zeroPaddedFilemode=ignore",
  "fetch.fsck.badTimezone=ignore",
  "fetch.fsck.missingEmail=ignore",
  "fetch.fsck.missingSpaceBeforeDate=ignore",
  "fetch.fsck.missingSpaceBeforeEmail=ignore",
};

constexpr std::array inherited{"http_proxy", "https_proxy", "no_proxy",
                               "GIT_SSL_CAPATH", "GIT_SSL_CAINFO"};

/// "Receiving objects:  42% (21/50), 1.2 MiB | 3 MiB/s" as progress.
void report_line(std::string_view line) {
  auto colon = line.find(": ");
  auto open = line.find("% (");
  if (colon == line.npos || open == line.npos || open < colon)
    return;
  auto number = [&](size_t begin, uint64_t& out) {
    auto [end, err]
      = std::from_chars(line.data() + begin, line.data() + line.size(), out);
    return err == std::errc{} ? static_cast<size_t>(end - line.data())
                              : line.npos;
  };
  auto progress = worker_progress{"clone", std::string{line.substr(0, colon)}};
  auto slash = number(open + 3, progress.done);
  if (slash >= line.size() || line[slash] != '/'
      || number(slash + 1, progress.total) == line.npos)
    return;
  report(progress);
}

/// Repositories on this node belong to anybody; only a file may say that this
/// is all right, as git hands no such setting on to what serves them.
result<void> write_config(const std::string& home, bool allow_file_urls) {
  auto path = home + "/gitconfig";
  auto file = sys::fd{
    ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644)};
  constexpr std::string_view text = "[safe]\n\tdirectory = *\n";
  if (!file
      || (allow_file_urls && ::write(file.get(), text.data(), text.size()) < 0))
    return errno_error(errno, "write", path);
  return {};
}

} // namespace

result<git_remote> reach(const std::string& text, const git_url& url,
                         std::optional<git_credentials> credentials,
                         const network_policy& policy) {
  auto remote = git_remote{text, url, std::move(credentials), {}};
  if (url.scheme == "file")
    return remote;
  auto addresses = policy.addresses(url.host);
  if (!addresses)
    return addresses.error();
  auto pin = resolve_entry(url.host, url.effective_port(), *addresses);
  if (!pin.empty())
    remote.pins.push_back(std::move(pin));
  return remote;
}

result<std::unique_ptr<git_program>> git_program::make(identity as,
                                                       bool allow_file_urls) {
  auto home = std::string{"/tmp/berth-git-XXXXXX"};
  if (::mkdtemp(home.data()) == nullptr)
    return errno_error(errno, "mkdtemp", home);
  auto program
    = std::unique_ptr<git_program>{new git_program(as, allow_file_urls, home)};
  if (auto ok = write_config(home, allow_file_urls); !ok)
    return ok.error();
  if (::geteuid() == 0 && ::chown(home.c_str(), as.uid, as.gid) < 0)
    return errno_error(errno, "chown", home);
  return program;
}

git_program::git_program(identity as, bool allow_file_urls, std::string home)
  : as_(as), allow_file_urls_(allow_file_urls), home_(std::move(home)) {}

git_program::~git_program() {
  if (auto dir = open_directory(home_))
    static_cast<void>(empty_directory(dir->get()));
  ::rmdir(home_.c_str());
}

std::vector<std::string> git_program::config(const git_call& call) const {
  auto out = std::vector<std::string>{};
  auto set = [&](std::string entry) {
    out.emplace_back("-c");
    out.push_back(std::move(entry));
  };
  for (auto* entry : fixed_config)
    set(entry);
  if (call.remote == nullptr)
    return out;
  for (const auto& pin : call.remote->pins)
    set("http.curloptResolve=" + pin);
  if (call.remote->credentials && call.remote->url.is_http())
    set("credential." + call.remote->url.origin()
        + ".helper=" + credential_helper);
  return out;
}

std::vector<std::string> git_program::environment(const git_call& call) const {
  // A repository may say that objects are missing, and where they are.
  auto is_local = call.remote == nullptr;
  auto protocols = std::string{is_local ? "none" : "https:http:ssh:git"};
  if (allow_file_urls_)
    protocols += ":file";
  auto out = std::vector<std::string>{
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "HOME=" + home_,
    "LC_ALL=C",
    "GIT_CONFIG_NOSYSTEM=1",
    "GIT_CONFIG_GLOBAL=" + home_ + "/gitconfig",
    "GIT_TERMINAL_PROMPT=0",
    "GIT_ASKPASS=/bin/false",
    "SSH_ASKPASS=/bin/false",
    "GIT_SSH_COMMAND=ssh -F /dev/null -o BatchMode=yes"
    " -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="
      + home_ + "/known_hosts",
    "GIT_ALLOW_PROTOCOL=" + protocols,
    "GIT_TEMPLATE_DIR=",
    "GIT_LFS_SKIP_SMUDGE=1",
    "GIT_OPTIONAL_LOCKS=0",
  };
  if (call.is_pinned)
    out.insert(out.end(), {"GIT_DIR=.git", "GIT_WORK_TREE=."});
  for (auto* name : inherited)
    if (auto* value = ::getenv(name))
      out.push_back(std::string{name} + "=" + value);
  return out;
}

result<child_end> git_program::call(const git_call& call) const {
  auto command = child_command{};
  command.argv = {git_path};
  for (auto& arg : config(call))
    command.argv.push_back(std::move(arg));
  command.argv.insert(command.argv.end(), call.args.begin(), call.args.end());
  command.env = environment(call);
  if (call.remote != nullptr && call.remote->credentials)
    command.secret = "username=" + call.remote->credentials->user
                     + "\npassword=" + call.remote->credentials->password
                     + "\n";
  command.directory = call.directory;
  command.as = as_;
  command.on_error_line = report_line;
  command.on_line = call.on_line;
  return run_child(command);
}

result<edited_config>
git_program::edit_config(const std::string& text,
                         std::vector<std::string> args) const {
  constexpr auto name = "edited";
  constexpr size_t longest = 1024 * 1024;
  auto home = open_directory(home_);
  if (!home)
    return home.error();
  {
    auto file
      = open_beneath(home->get(), name, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (!file || ::write(file->get(), text.data(), text.size()) < 0
        || (::geteuid() == 0 && ::fchown(file->get(), as_.uid, as_.gid) < 0))
      return errno_error(errno, "write", name);
  }
  args.insert(args.begin(), {"config", "--file", name});
  auto out = run({home->get(), std::move(args)});
  if (!out)
    return out.error();
  // git makes it anew.
  auto file = open_beneath(home->get(), name, O_RDONLY);
  if (!file)
    return file.error();
  auto edited
    = read_text(file->get(), name, longest, "configuration: too long");
  if (!edited)
    return edited.error();
  return edited_config{std::move(*out), std::move(*edited)};
}

result<std::string> git_program::run(const git_call& call) const {
  auto end = this->call(call);
  if (!end)
    return end.error();
  if (end->exit_code != 0)
    return git_failure(call, *end);
  if (end->out.ends_with('\n'))
    end->out.pop_back();
  return std::move(end->out);
}

} // namespace berth::worker
