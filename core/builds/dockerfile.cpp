#include "core/builds/dockerfile.hpp"

#include "core/builds/dockerfile_lines.hpp"
#include "core/builds/run_mounts.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace berth {

namespace {

constexpr size_t most_instructions = 10'000;
constexpr size_t most_named = 256;

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

struct span {
  size_t begin, end;
};

/// The name of the here document that a word begins, as newer builders read it:
/// `<<EOF`, `<<-"EOF"`, `3<<EOF`.
std::string_view here_document(std::string_view word) {
  while (!word.empty() && std::isdigit(static_cast<unsigned char>(word[0])))
    word.remove_prefix(1);
  if (!word.starts_with("<<"))
    return {};
  word.remove_prefix(word.starts_with("<<-") ? 3 : 2);
  auto is_quoted = word.size() > 2 && word.front() == word.back()
                   && (word.front() == '"' || word.front() == '\'');
  if (is_quoted)
    word = word.substr(1, word.size() - 2);
  return std::all_of(word.begin(), word.end(), is_name) ? word
                                                        : std::string_view{};
}

} // namespace

/// What is known at a line: values of ARGs before the first FROM, and stages.
class dockerfile_scope {
public:
  dockerfile_scope(std::string_view text, char escape)
    : text_(text), escape_(escape) {}

  std::map<std::string, std::string, std::less<>> arguments;
  std::set<std::string, std::less<>> stages;
  std::set<std::string, std::less<>> documents; ///< here documents, perhaps
  bool is_before_stages = true;

  char escape() const { return escape_; }

  /// The words of an instruction that goes on over lines.
  std::vector<span> words(size_t begin, size_t end) const {
    auto out = std::vector<span>{};
    for (auto at = begin; at < end;) {
      if (text_[at] == '\n') {
        at = behind_comment(at + 1, end);
        continue;
      }
      if (dockerfile_lines::is_blank(text_[at]) || is_line_end(at, end)) {
        ++at;
        continue;
      }
      auto first = at;
      while (at < end && !dockerfile_lines::is_blank(text_[at])
             && text_[at] != '\n' && !is_line_end(at, end))
        ++at;
      out.push_back({first, at});
    }
    return out;
  }

  std::string_view word(span where) const {
    return text_.substr(where.begin, where.end - where.begin);
  }

  /// An instruction in one line, as a builder puts it together.
  std::string joined(size_t begin, size_t end) const {
    auto out = std::string{};
    for (auto at = begin; at < end;)
      if (text_[at] == '\n')
        at = behind_comment(at + 1, end);
      else if (is_line_end(at, end))
        at = std::min(text_.find('\n', at), end);
      else
        out += text_[at++];
    return out;
  }

  /// `$x`, `${x}`, `${x:-default}` and `${x:+other}`, as of the shell.
  std::string expanded(std::string_view word) const {
    auto out = std::string{};
    for (size_t at = 0; at < word.size(); ++at) {
      if (word[at] == escape_ && at + 1 < word.size()) {
        out += word[++at];
      } else if (word[at] == '"' || word[at] == '\'') {
        continue;
      } else if (word[at] != '$' || at + 1 == word.size()) {
        out += word[at];
      } else if (word[at + 1] == '{') {
        auto end = std::min(word.find('}', at), word.size());
        out += value_of(word.substr(at + 2, end - at - 2));
        at = end;
      } else {
        auto end = at + 1;
        while (end < word.size() && is_name(word[end]))
          ++end;
        out += value_of(word.substr(at + 1, end - at - 1));
        at = end - 1;
      }
    }
    return out;
  }

private:
  /// Where to read on at the begin of a line, which may be a comment.
  size_t behind_comment(size_t at, size_t end) const {
    auto first = std::min(text_.find_first_not_of(" \t\r", at), end);
    return first < end && text_[first] == '#'
             ? std::min(text_.find('\n', first), end)
             : at;
  }

  bool is_line_end(size_t at, size_t end) const {
    if (text_[at] != escape_)
      return false;
    auto next = at + 1;
    while (next < end && dockerfile_lines::is_blank(text_[next]))
      ++next;
    return next < end && text_[next] == '\n';
  }

  std::string value_of(std::string_view expression) const {
    auto colon = expression.find(':');
    auto found = arguments.find(expression.substr(0, colon));
    auto value = found == arguments.end() ? std::string{} : found->second;
    if (colon == expression.npos || colon + 1 >= expression.size())
      return value;
    auto other = expression.substr(colon + 2);
    if (expression[colon + 1] == '-')
      return value.empty() ? expanded(other) : value;
    if (expression[colon + 1] == '+')
      return value.empty() ? std::string{} : expanded(other);
    return value;
  }

  std::string_view text_;
  char escape_;
};

void dockerfile::add(size_t begin, size_t length, std::string image) {
  if (std::find(images_.begin(), images_.end(), image) == images_.end())
    images_.push_back(image);
  places_.push_back({begin, length, std::move(image)});
}

/// FROM [--platform=P] IMAGE [AS NAME]
void dockerfile::read_from(size_t begin, size_t end, dockerfile_scope& scope) {
  scope.is_before_stages = false;
  auto words = scope.words(begin, end);
  auto image = std::find_if(words.begin(), words.end(), [&](span each) {
    return !scope.word(each).starts_with("--");
  });
  if (image == words.end())
    return;
  auto name = scope.expanded(scope.word(*image));
  if (!name.empty() && name != "scratch"
      && !scope.stages.contains(dockerfile_lines::lower(name)))
    add(image->begin, image->end - image->begin, name);
  if (words.end() - image >= 3
      && dockerfile_lines::lower(scope.word(image[1])) == "as")
    scope.stages.insert(dockerfile_lines::lower(scope.word(image[2])));
}

/// Of what may also be an earlier stage, by its name or number.
void dockerfile::add_if_image(size_t begin, size_t length,
                              const dockerfile_scope& scope) {
  auto name = scope.expanded(std::string_view{text_}.substr(begin, length));
  auto is_number = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  if (!is_number && !scope.stages.contains(dockerfile_lines::lower(name)))
    add(begin, length, std::move(name));
}

/// COPY --from=IMAGE ...
void dockerfile::read_copy(size_t begin, size_t end,
                           const dockerfile_scope& scope) {
  constexpr std::string_view option = "--from=";
  for (auto each : scope.words(begin, end)) {
    if (!scope.word(each).starts_with("--"))
      return;
    if (scope.word(each).starts_with(option))
      add_if_image(each.begin + option.size(),
                   each.end - each.begin - option.size(), scope);
  }
}

/// RUN --mount=type=bind,from=IMAGE,... ...
void dockerfile::read_run(size_t begin, size_t end,
                          const dockerfile_scope& scope) {
  constexpr std::string_view key = "from=";
  for (auto each : scope.words(begin, end)) {
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
void dockerfile::read_arg(size_t begin, size_t end, dockerfile_scope& scope) {
  for (auto each : scope.words(begin, end)) {
    auto word = scope.word(each);
    auto equals = word.find('=');
    if (scope.is_before_stages && equals != word.npos)
      scope.arguments[std::string{word.substr(0, equals)}]
        = scope.expanded(word.substr(equals + 1));
  }
}

result<void> dockerfile::read_instruction(size_t begin, size_t end,
                                          dockerfile_scope& scope) {
  auto words = scope.words(begin, end);
  if (words.empty())
    return {};
  if (auto kept = check_run_mounts(scope.joined(begin, end)); !kept)
    return kept;
  auto keyword = dockerfile_lines::lower(scope.word(words.front()));
  begin = words.front().end;
  if (keyword == "from")
    read_from(begin, end, scope);
  else if (keyword == "copy")
    read_copy(begin, end, scope);
  else if (keyword == "run")
    read_run(begin, end, scope);
  else if (keyword == "arg")
    read_arg(begin, end, scope);
  if (keyword == "run" || keyword == "copy" || keyword == "add")
    for (auto each : words)
      if (auto name = here_document(scope.word(each)); !name.empty())
        scope.documents.emplace(name);
  return {};
}

result<dockerfile> dockerfile::parse(std::string text) {
  dockerfile_lines::drop_byte_order_mark(text);
  if (auto sound = dockerfile_lines::check_lines(text); !sound)
    return sound.error();
  auto out = dockerfile{};
  out.text_ = std::move(text);
  auto whole = std::string_view{out.text_};
  auto scope = dockerfile_scope{whole, dockerfile_lines::escape_of(whole)};
  size_t instructions = 0;
  for (size_t at = 0; at < whole.size();) {
    auto begin = at;
    auto words = dockerfile_lines::next_line(whole, at);
    // What only looks like a here document has no such end.
    if (scope.documents.contains(words))
      return make_error(ec::failed_precondition,
                        "the Dockerfile has a here document (<<"
                          + std::string{words}
                          + "), which this builder does not know; please put "
                            "its text into a file");
    if (words.empty() || words.front() == '#')
      continue;
    // Comments and empty lines within an instruction do not end it.
    while (words.ends_with(scope.escape()) && at < whole.size())
      if (auto more = dockerfile_lines::next_line(whole, at);
          !more.empty() && more.front() != '#')
        words = more;
    auto end = std::min(at, whole.size());
    if (auto read = out.read_instruction(begin, end, scope); !read)
      return read.error();
    if (++instructions > most_instructions)
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
    if (found == names.end())
      continue;
    out.append(text_, at, each.begin - at).append(found->second);
    at = each.begin + each.length;
  }
  return out.append(text_, at);
}

} // namespace berth
