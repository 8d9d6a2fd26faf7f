#include "core/builds/dockerfile.hpp"

#include "core/builds/dockerfile_instructions.hpp"
#include "core/builds/dockerfile_lines.hpp"
#include "core/builds/dockerfile_variables.hpp"
#include "core/builds/run_mounts.hpp"

#include <algorithm>
#include <cctype>

namespace berth {

namespace {

constexpr size_t most_named = 256;

} // namespace

/// What is known at a line: values of ARGs before the first FROM, and stages.
class dockerfile_scope {
public:
  explicit dockerfile_scope(std::string_view text)
    : lines(text), arguments(lines.escape()), text_(text) {}

  dockerfile_instructions lines;
  dockerfile_variables arguments;
  /// As they are spelled, by lower case.
  std::map<std::string, std::string, std::less<>> stages;
  bool is_before_stages = true;

  std::string_view word(text_span where) const {
    return text_.substr(where.begin, where.end - where.begin);
  }

private:
  std::string_view text_;
};

void dockerfile::add(size_t begin, size_t length, std::string image) {
  if (std::find(images_.begin(), images_.end(), image) == images_.end())
    images_.push_back(image);
  places_.push_back({begin, length, std::move(image), {}});
}

/// FROM [--platform=P] IMAGE [AS NAME]
void dockerfile::read_from(text_span what, dockerfile_scope& scope) {
  scope.is_before_stages = false;
  auto words = scope.lines.words(what);
  auto image = std::find_if(words.begin(), words.end(), [&](text_span each) {
    return !scope.word(each).starts_with("--");
  });
  if (image == words.end())
    return;
  auto name = scope.arguments.expanded(scope.word(*image));
  auto stage = scope.stages.find(dockerfile_lines::lower(name));
  if (stage != scope.stages.end()) {
    // buildah 1.28 finds it by no other spelling.
    if (stage->second != name)
      places_.push_back(
        {image->begin, image->end - image->begin, "", stage->second});
  } else if (!name.empty() && name != "scratch") {
    add(image->begin, image->end - image->begin, name);
  }
  if (words.end() - image >= 3
      && dockerfile_lines::lower(scope.word(image[1])) == "as")
    scope.stages[dockerfile_lines::lower(scope.word(image[2]))]
      = scope.word(image[2]);
}

/// Of what may also be an earlier stage, by its name or number.
void dockerfile::add_if_image(size_t begin, size_t length,
                              const dockerfile_scope& scope) {
  auto name
    = scope.arguments.expanded(std::string_view{text_}.substr(begin, length));
  auto is_number = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  if (!is_number && name != here_documents_context
      && !scope.stages.contains(dockerfile_lines::lower(name)))
    add(begin, length, std::move(name));
}

/// COPY --from=IMAGE ...
void dockerfile::read_copy(text_span what, const dockerfile_scope& scope) {
  constexpr std::string_view option = "--from=";
  for (auto each : scope.lines.words(what)) {
    if (!scope.word(each).starts_with("--"))
      return;
    if (scope.word(each).starts_with(option))
      add_if_image(each.begin + option.size(),
                   each.end - each.begin - option.size(), scope);
  }
}

/// RUN --mount=type=bind,from=IMAGE,... ...
void dockerfile::read_run(text_span what, const dockerfile_scope& scope) {
  constexpr std::string_view key = "from=";
  for (auto each : scope.lines.words(what)) {
    auto word = scope.word(each);
    if (!word.starts_with("--"))
      return;
    if (!word.starts_with("--mount="))
      continue;
    for (auto at = word.find(key); at != word.npos;
         at = word.find(key, at + key.size())) {
      if (word[at - 1] != ',' && word[at - 1] != '=')
        continue;
      auto first = at + key.size();
      auto last = std::min(word.find_first_of(",\"'", first), word.size());
      add_if_image(each.begin + first, last - first, scope);
    }
  }
}

/// ARG NAME=DEFAULT ... before the first FROM, whose images may use them.
void dockerfile::read_arg(text_span what, dockerfile_scope& scope) {
  for (auto each : scope.lines.words(what)) {
    auto word = scope.word(each);
    auto equals = word.find('=');
    if (scope.is_before_stages && equals != word.npos)
      scope.arguments.set(std::string{word.substr(0, equals)},
                          scope.arguments.expanded(word.substr(equals + 1)));
  }
}

result<void> dockerfile::read_instruction(text_span what,
                                          dockerfile_scope& scope) {
  auto words = scope.lines.words(what);
  if (words.empty())
    return {};
  if (auto kept = check_run_mounts(scope.lines.joined(what)); !kept)
    return kept;
  auto keyword = dockerfile_lines::lower(scope.word(words.front()));
  auto rest = text_span{words.front().end, what.end};
  if (keyword == "from")
    read_from(rest, scope);
  else if (keyword == "copy")
    read_copy(rest, scope);
  else if (keyword == "run")
    read_run(rest, scope);
  else if (keyword == "arg")
    read_arg(rest, scope);
  return {};
}

result<dockerfile> dockerfile::parse(std::string text) {
  dockerfile_lines::drop_byte_order_mark(text);
  auto plain = without_here_documents(std::move(text));
  if (!plain)
    return plain.error();
  // What nobody but the builder reads; documents are nothing to it.
  if (auto sound = dockerfile_lines::check_lines(plain->text); !sound)
    return sound.error();
  auto out = dockerfile{};
  out.text_ = std::move(plain->text);
  out.documents_ = std::move(plain->documents);
  auto scope = dockerfile_scope{out.text_};
  size_t instructions = 0;
  while (auto what = scope.lines.next()) {
    if (auto read = out.read_instruction(*what, scope); !read)
      return read.error();
    if (++instructions > dockerfile_lines::most_instructions)
      return make_error(ec::exhausted, "the Dockerfile has too many lines");
    if (out.places_.size() > most_named)
      return make_error(ec::exhausted, "the Dockerfile names too many images");
  }
  return out;
}

std::string
dockerfile::with(const std::map<std::string, std::string>& names) const {
  auto out = std::string{};
  size_t at = 0;
  for (const auto& each : places_) {
    auto found = names.find(each.image);
    if (each.other.empty() && found == names.end())
      continue;
    out.append(text_, at, each.begin - at)
      .append(each.other.empty() ? found->second : each.other);
    at = each.begin + each.length;
  }
  return out.append(text_, at);
}

} // namespace berth
