#include "app/berth-worker/child.hpp"
#include "app/berth-worker/image/unpack.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/hasher.hpp"
#include "core/images/reference.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

namespace berth::worker {

namespace {

constexpr auto skopeo_path = "/usr/bin/skopeo";
constexpr size_t longest_reason = 600;
constexpr auto copy_deadline = std::chrono::hours{1};
constexpr auto inspect_deadline = std::chrono::minutes{2};

struct symptom {
  std::string_view words;
  ec code;
  const char* sentence;
};

/// What callers are told: sentences of ours, never skopeo's or a server's.
constexpr auto no_image = "there is no such image, or none that these "
                          "credentials may see";
constexpr auto denied = "the registry denies access to the image; please check "
                        "its credentials";
constexpr auto wrong_machine = "the image is not made for this kind of machine";
constexpr auto not_an_image = "this is no image reference";
constexpr auto no_space = "there is not enough space for the image";
constexpr auto too_many = "the registry has too many requests; please try "
                          "again later";
constexpr auto insecure = "the registry's certificate is not trusted, or it "
                          "speaks plain HTTP";
constexpr auto unreachable = "the registry cannot be reached";
constexpr auto failed = "the image could not be pulled";

// skopeo tells its failures apart only in words.
constexpr std::array symptoms{
  symptom{"manifest unknown", ec::not_found, no_image},
  symptom{"name unknown", ec::not_found, no_image},
  symptom{"repository name not known", ec::not_found, no_image},
  symptom{"not found", ec::not_found, no_image},
  symptom{"unauthorized", ec::permission_denied, denied},
  symptom{"authentication required", ec::permission_denied, denied},
  symptom{"denied: ", ec::permission_denied, denied},
  symptom{"no image found in", ec::failed_precondition, wrong_machine},
  symptom{"invalid reference", ec::invalid_argument, not_an_image},
  symptom{"no space left", ec::exhausted, no_space},
  symptom{"toomanyrequests", ec::unavailable, too_many},
  symptom{"x509: ", ec::unavailable, insecure},
  symptom{"server gave HTTP response to HTTPS client", ec::unavailable,
          insecure},
  symptom{"dial tcp", ec::unavailable, unreachable},
  symptom{"no such host", ec::unavailable, unreachable},
  symptom{"i/o timeout", ec::unavailable, unreachable},
};

caf::error skopeo_failure(const child_end& end) {
  auto found
    = std::find_if(symptoms.begin(), symptoms.end(), [&](const auto& one) {
        return end.err.find(one.words) != end.err.npos;
      });
  auto text = end.err.substr(0, end.err.find_last_not_of('\n') + 1);
  if (text.size() > longest_reason)
    text = text.substr(text.size() - longest_reason);
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      c = ' ';
  log_line("skopeo: " + text);
  return found == symptoms.end() ? make_error(ec::unavailable, failed)
                                 : make_error(found->code, found->sentence);
}

/// skopeo takes a tag or a digest, not both.
std::string skopeo_name(const image_reference& what) {
  auto name = "docker://" + what.registry + "/" + what.repository;
  return what.digest.empty() ? name + ":" + what.tag : name + "@" + what.digest;
}

/// skopeo(1), with its files in the job's scratch directory.
class puller {
public:
  explicit puller(const pull_job& job) : job_(job) {}

  result<void> prepare() const;
  /// The manifest or index that the reference means, as the registry has it.
  result<std::string> manifest(const image_reference&) const;
  result<void> copy(const image_reference&, size_t layers) const;
  std::string layout() const { return job_.scratch + "/layout"; }

private:
  child_command command(std::vector<std::string> args) const;

  const pull_job& job_;
};

result<void> puller::prepare() const {
  auto path = job_.scratch + "/auth.json";
  auto file = sys::fd{
    ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)};
  auto text = job_.auth_json.empty() ? std::string{"{}"} : job_.auth_json;
  if (!file
      || ::write(file.get(), text.data(), text.size())
           != static_cast<ssize_t>(text.size()))
    return errno_error(errno, "write", path);
  return {};
}

child_command puller::command(std::vector<std::string> args) const {
  auto out = child_command{};
  out.argv = {skopeo_path, "--insecure-policy"};
  out.argv.insert(out.argv.end(), args.begin(), args.end());
  out.env = {"PATH=/usr/bin:/bin",
             "HOME=" + job_.scratch,
             "TMPDIR=" + job_.scratch,
             "XDG_RUNTIME_DIR=" + job_.scratch,
             "REGISTRY_AUTH_FILE=" + job_.scratch + "/auth.json",
             "LC_ALL=C"};
  for (auto* name : {"http_proxy", "https_proxy", "no_proxy", "SSL_CERT_DIR",
                     "SSL_CERT_FILE"})
    if (auto* value = ::getenv(name))
      out.env.push_back(std::string{name} + "=" + value);
  return out;
}

result<std::string> puller::manifest(const image_reference& what) const {
  auto inspect
    = command({"inspect", "--raw",
               job_.insecure ? "--tls-verify=false" : "--tls-verify=true",
               skopeo_name(what)});
  inspect.deadline = inspect_deadline;
  auto end = run_child(inspect);
  if (!end)
    return end.error();
  if (end->exit_code != 0)
    return skopeo_failure(*end);
  return std::move(end->out);
}

result<void> puller::copy(const image_reference& what, size_t layers) const {
  auto pull = command(
    {"copy", job_.insecure ? "--src-tls-verify=false" : "--src-tls-verify=true",
     skopeo_name(what), "oci:" + layout() + ":image"});
  pull.deadline = copy_deadline;
  uint64_t begun = 0;
  pull.on_line = [&](std::string_view line) {
    if (line.starts_with("Copying blob"))
      report(
        {"pull", "pulling layer " + std::to_string(++begun), begun, layers});
  };
  auto end = run_child(pull);
  if (!end)
    return end.error();
  if (end->exit_code != 0)
    return skopeo_failure(*end);
  return {};
}

/// For progress only: 0 where an index does not tell.
size_t count_layers(const std::string& manifest) {
  auto parsed = nlohmann::json::parse(manifest, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("layers"))
    return 0;
  return parsed["layers"].size();
}

} // namespace

result<worker_outcome> run(const pull_job& job) {
  auto reference = parse_image_reference(job.reference);
  if (!reference)
    return reference.error();
  auto out = open_directory(job.out);
  if (!out)
    return out.error();
  auto pull = puller{job};
  if (auto ok = pull.prepare(); !ok)
    return ok.error();
  auto manifest = pull.manifest(*reference);
  if (!manifest)
    return manifest.error();
  // A tag may move meanwhile; its digest cannot.
  auto digest = "sha256:" + sha256_hex(*manifest);
  if (!reference->digest.empty() && reference->digest != digest)
    return make_error(ec::data_loss,
                      "pull: the registry sent another manifest");
  reference->digest = digest;
  if (auto ok = pull.copy(*reference, count_layers(*manifest)); !ok)
    return ok.error();
  auto layout = open_directory(pull.layout());
  if (!layout)
    return layout.error();
  auto done = unpack_layout(layout->get(), out->get(),
                            {job.have.begin(), job.have.end()});
  if (!done)
    return done.error();
  done->digest = std::move(digest);
  return std::move(*done);
}

} // namespace berth::worker
