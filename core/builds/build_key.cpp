#include "core/builds/build_key.hpp"

#include "core/hasher.hpp"
#include "core/images/reference.hpp"

namespace berth {

namespace {

/// Texts one after the other, each with its length: no two lists are the same.
class key_text {
public:
  key_text& add(std::string_view text) {
    text_.append(std::to_string(text.size())).append(":").append(text);
    return *this;
  }

  /// Who owns it; without a name their credentials stand for them.
  key_text& add_owner(const std::string& owner, const build_auth& auth,
                      const build_source& source) {
    add(owner);
    if (!owner.empty())
      return *this;
    for (const auto& [registry, login] : auth.additional)
      add(registry).add(login);
    if (auto* file = std::get_if<dockerfile_source>(&source))
      for (const auto& [path, secret] : file->secrets)
        add(path).add(secret);
    return *this;
  }

  std::string hash() const { return sha256_hex(text_); }

private:
  std::string text_;
};

} // namespace

std::string join_key_of(const std::string& owner, const build_auth& auth,
                        const build_source& source,
                        const std::string& base_reference) {
  auto key = key_text{};
  key.add_owner(owner, auth, source).add(base_reference);
  if (auto* file = std::get_if<dockerfile_source>(&source))
    key.add(file->remote_uri)
      .add(file->clone_target)
      .add(file->dockerfile_path)
      .add(file->dockerfile_version)
      .add(file->context_path)
      .add(file->initializer);
  return key.hash();
}

std::string cache_key_of(const std::string& owner, const build_auth& auth,
                         const build_source& source) {
  auto key = key_text{};
  key.add_owner(owner, auth, source);
  if (auto* file = std::get_if<dockerfile_source>(&source))
    key.add(file->remote_uri.empty() ? file->initializer : file->remote_uri);
  return key.hash().substr(0, cache_key_digits);
}

std::string reference_by_digest(const build_record& record) {
  return same_repository(record.reference, record.digest);
}

std::string same_repository(const std::string& reference,
                            const std::string& digest) {
  auto parsed = parse_image_reference(reference);
  if (!parsed || digest.empty())
    return {};
  return parsed->registry + "/" + parsed->repository + "@" + digest;
}

} // namespace berth
