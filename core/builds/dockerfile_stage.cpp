#include "core/builds/dockerfile_stage.hpp"

#include "core/builds/dockerfile_lines.hpp"

namespace berth {

using dockerfile_lines::lower;

namespace {

constexpr size_t most_kept_bytes = size_t{16} << 20;

} // namespace

void dockerfile_stage::read(std::string_view keyword, std::string_view line,
                            const std::vector<quoted_word>& words) {
  if (keyword == "from")
    begin_stage(words);
  else if (keyword == "arg")
    read_arg(words);
  else if (keyword == "env")
    read_env(line, words);
}

result<std::string> dockerfile_stage::filled_in(std::string_view text,
                                                size_t most) const {
  auto unknown = std::set<std::string>{};
  auto out = current_.filled_in(text, most, unknown);
  if (out.size() > most)
    return make_error(ec::exhausted, "it is too long");
  if (unknown.empty())
    return out;
  return make_error(ec::not_found,
                    "no ARG or ENV of the Dockerfile gives $" + *unknown.begin()
                      + " a value that is known here; if nothing is to be "
                        "filled in, quote the document's name");
}

/// FROM [--platform=P] IMAGE [AS NAME]
void dockerfile_stage::begin_stage(const words& what) {
  // Of more than anybody writes nothing is known.
  for (const auto& [name, value] : env_)
    kept_bytes_ += names_.size() * (name.size() + value.value_or("").size());
  for (const auto& name : names_)
    earlier_[name] = kept_bytes_ > most_kept_bytes ? environment{} : env_;
  auto image = what.begin() + 1;
  while (image < what.end() && image->text.starts_with("--"))
    ++image;
  auto known = image < what.end()
                 ? earlier_.find(lower(global_.expanded(image->text)))
                 : earlier_.end();
  env_ = known == earlier_.end() ? environment{} : known->second;
  names_ = {std::to_string(stages_++)};
  if (what.end() - image >= 3 && lower(image[1].text) == "as")
    names_.push_back(lower(image[2].text));
  current_ = dockerfile_variables{escape_};
  for (const auto& [name, value] : env_)
    current_.set(name, value);
}

/// ARG NAME[=DEFAULT] ...
void dockerfile_stage::read_arg(const words& what) {
  auto& into = stages_ == 0 ? global_ : current_;
  for (auto word = what.begin() + 1; word < what.end(); ++word) {
    auto equals = word->text.find('=');
    auto name = word->text.substr(0, equals);
    if (env_.contains(name))
      continue; // which counts more
    // Without a value it is what was set outside, or what the image has.
    into.set(name, equals == std::string::npos
                     ? global_.find(name)
                     : value_of(word->text.substr(equals + 1)));
  }
}

/// ENV NAME=VALUE ..., or ENV NAME VALUE
void dockerfile_stage::read_env(std::string_view line, const words& what) {
  if (what.size() < 2)
    return;
  auto set = environment{};
  size_t bytes = 0;
  auto note = [&](const std::string& name, std::string_view word) {
    auto value = bytes > most_kept_bytes ? std::nullopt : value_of(word);
    bytes += value ? value->size() : 0;
    set[name] = std::move(value);
  };
  if (what[1].text.find('=') == std::string::npos)
    note(what[1].text, what.size() > 2 ? line.substr(what[2].begin) : "");
  else
    for (auto word = what.begin() + 1; word < what.end(); ++word)
      if (auto equals = word->text.find('='); equals != std::string::npos)
        note(word->text.substr(0, equals), word->text.substr(equals + 1));
  for (auto& [name, value] : set) {
    current_.set(name, std::move(value));
    if (auto kept = current_.find(name); kept || env_.contains(name))
      env_[name] = std::move(kept);
  }
}

std::optional<std::string>
dockerfile_stage::value_of(std::string_view word) const {
  auto unknown = std::set<std::string>{};
  auto value = (stages_ == 0 ? global_ : current_).expanded(word, unknown);
  return unknown.empty() ? std::optional{std::move(value)} : std::nullopt;
}

} // namespace berth
