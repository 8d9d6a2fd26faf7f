#include "core/builds/here_documents.hpp"

#include "core/builds/dockerfile_instructions.hpp"
#include "core/builds/dockerfile_lines.hpp"
#include "core/builds/dockerfile_stage.hpp"
#include "core/builds/quoted_words.hpp"
#include "core/hasher.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace berth {

namespace {

constexpr size_t digits_of_name = 16;
constexpr size_t most_documents = 1000;
constexpr size_t most_stages = 1000;
constexpr size_t most_document_bytes = size_t{16} << 20; ///< of all together

struct document {
  std::string name;
  bool is_odd = false;     ///< its name
  std::string text;        ///< as it stands
  bool is_chomped = false; ///< of tabs
  bool is_literal = false; ///< nothing is filled in
};

/// What a word says of a document: `<<EOF`, `<<-"EOF"`, `<<\EOF`, `3<<EOF`.
std::optional<document> named_by(std::string_view word) {
  while (!word.empty() && std::isdigit(static_cast<unsigned char>(word[0])))
    word.remove_prefix(1);
  if (!word.starts_with("<<"))
    return std::nullopt;
  auto out = document{};
  out.is_chomped = word.starts_with("<<-");
  word.remove_prefix(out.is_chomped ? 3 : 2);
  out.name = without_quotes(word);
  std::erase(out.name, '\\');
  if (out.name.empty() || out.name.find('<') != out.name.npos)
    return std::nullopt;
  out.is_literal = out.name != word;
  auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'
           || c == '-' || c == '.';
  };
  out.is_odd = out.name == "." || out.name == ".."
               || !std::all_of(out.name.begin(), out.name.end(), is_plain);
  return out;
}

std::string without_tabs(std::string_view text) {
  auto out = std::string{};
  for (auto is_begin = true; auto c : text) {
    if (is_begin && c == '\t')
      continue;
    out += c;
    is_begin = c == '\n';
  }
  return out;
}

std::string contents(const document& of) {
  return of.is_chomped ? without_tabs(of.text) : of.text;
}

std::string target_of(const std::string& file) {
  return "/.berth-" + file;
}

std::string mount_of(const std::string& file) {
  return std::string{"--mount=type=bind,from="} + here_documents_context
         + ",source=" + file + ",target=" + target_of(file);
}

void replace_all(std::string& text, const std::string& what,
                 const std::string& by) {
  for (auto at = text.find(what); at != text.npos;
       at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

class rewriter {
public:
  explicit rewriter(std::string_view text)
    : text_(text), lines_(text), stage_(lines_.escape()) {}

  result<plain_dockerfile> run() {
    size_t instructions = 0, stages = 0;
    while (auto what = lines_.next()) {
      if (++instructions > dockerfile_lines::most_instructions)
        return make_error(ec::exhausted, "the Dockerfile has too many lines");
      auto line = lines_.joined(*what);
      while (!line.empty() && dockerfile_lines::is_blank(line.back()))
        line.pop_back();
      auto words = quoted_words(line, lines_.escape());
      if (words.empty())
        continue;
      auto keyword = dockerfile_lines::lower(words.front().text);
      if (keyword == "from" && ++stages > most_stages)
        return make_error(ec::exhausted, "the Dockerfile has too many stages");
      stage_.read(keyword, line, words);
      line_ += std::count(text_.begin() + counted_, text_.begin() + what->begin,
                          '\n');
      counted_ = what->begin;
      if (auto rewritten = read(*what, keyword, line, words); !rewritten)
        return rewritten.error();
    }
    out_.text.append(text_.substr(copied_));
    return std::move(out_);
  }

private:
  result<void> read(text_span what, const std::string& keyword,
                    std::string_view line,
                    const std::vector<quoted_word>& words) {
    auto found = documents_of(keyword, words);
    if (!found)
      return found.error();
    if (found->empty())
      return {};
    out_.text.append(text_.substr(copied_, what.begin - copied_));
    copied_ = std::min(lines_.position(), text_.size());
    if (keyword == "run")
      return write_run(line, words, *found);
    if (keyword == "copy" || keyword == "add")
      return write_copy(words, *found);
    return make_error(ec::failed_precondition,
                      words.front().text + " has no use for a here document (<<"
                        + found->front().name + ")");
  }

  /// Reads them, which begin behind the instruction.
  result<std::vector<document>>
  documents_of(const std::string& keyword,
               const std::vector<quoted_word>& words) {
    auto out = std::vector<document>{};
    if (keyword != "run" && keyword != "copy" && keyword != "add"
        && keyword != "onbuild")
      return out;
    auto is_copy = keyword == "copy" || keyword == "add";
    for (const auto& word : words) {
      auto next = named_by(word.text);
      if (!next)
        continue;
      // Of a shell `$((1 <<2))` is none; everything else would leave its lines
      // to be read as instructions.
      auto may_be_number
        = !is_copy
          && std::isdigit(static_cast<unsigned char>(next->name.front())) != 0;
      if (!next->is_odd && read_text(*next))
        out.push_back(std::move(*next));
      else if (may_be_number && ++numbers_ <= most_documents)
        continue;
      else
        return make_error(ec::failed_precondition,
                          "the here document " + word.text
                            + (next->is_odd ? " has a name of other characters "
                                              "than letters, digits, _, - and ."
                                            : " is not ended"));
    }
    return out;
  }

  /// False if no line ends it.
  bool read_text(document& into) {
    auto begin = std::min(lines_.position(), text_.size());
    for (auto at = begin; at < text_.size();) {
      auto end = std::min(text_.find('\n', at), text_.size());
      auto line = text_.substr(at, end - at);
      if (line.ends_with('\r'))
        line.remove_suffix(1);
      while (into.is_chomped && line.starts_with('\t'))
        line.remove_prefix(1);
      if (line == into.name) {
        into.text = text_.substr(begin, at - begin);
        lines_.move_to(end + 1);
        return true;
      }
      at = end + 1;
    }
    return false;
  }

  result<void> add(here_document_file file) {
    bytes_ += file.text.size();
    if (out_.documents.size() >= most_documents || bytes_ > most_document_bytes)
      return make_error(ec::exhausted, "the here documents are too many, or "
                                       "too long");
    out_.documents.push_back(std::move(file));
    return {};
  }

  /// A mount's contents do not count when a builder looks for a layer, so they
  /// are in its name.
  result<void> write_run(std::string_view line,
                         const std::vector<quoted_word>& words,
                         const std::vector<document>& documents) {
    auto command
      = std::find_if(words.begin() + 1, words.end(), [](const auto& word) {
          return !word.text.starts_with("--");
        });
    auto is_whole = words.end() - command == 1 && documents.size() == 1
                    && named_by(command->text);
    auto script = std::string{};
    if (is_whole) {
      script = contents(documents.front());
    } else {
      script = line.substr(command->begin);
      for (const auto& each : documents)
        script += "\n" + each.text + each.name;
      script += "\n";
    }
    auto is_program = is_whole && script.starts_with("#!");
    auto name = sha256_hex((is_program ? "program" : "script") + script)
                  .substr(0, digits_of_name);
    auto target = target_of(name);
    out_.text += "RUN";
    for (auto option = words.begin() + 1; option != command; ++option)
      out_.text += " " + option->text;
    out_.text += " " + mount_of(name)
                 + (is_program ? " [\"" + target + "\"]" : " . " + target)
                 + "\n";
    return add({name, std::move(script), is_program, line_});
  }

  result<void> write_copy(const std::vector<quoted_word>& words,
                          const std::vector<document>& documents) {
    auto options = std::string{}, sources = std::string{};
    auto others = std::string{};
    auto directory = std::to_string(out_.documents.size());
    for (auto word = words.begin() + 1; word + 1 < words.end(); ++word)
      if (word->text.starts_with("--"))
        options += " " + word->text;
      else if (auto named = named_by(word->text))
        sources += " " + directory + "/" + named->name;
      else
        others += " " + word->text;
    auto to = words.back().text;
    if (without_quotes(to) == ".")
      to = "./";
    if (!without_quotes(to).ends_with('/')
        && (!others.empty() || documents.size() > 1))
      return make_error(ec::failed_precondition,
                        words.front().text
                          + " of more than one source needs a directory with a "
                            "slash at its end, not "
                          + to);
    if (named_by(to))
      return make_error(ec::failed_precondition,
                        "a here document (" + to + ") is where "
                          + words.front().text + " copies to");
    if (options.find(" --from=") != options.npos)
      return make_error(ec::failed_precondition,
                        words.front().text + " has --from and a here document");
    if (!others.empty())
      out_.text += words.front().text + options + others + " " + to + "\n";
    out_.text += std::string{"COPY --from="} + here_documents_context + options
                 + sources + " " + to + "\n";
    for (const auto& each : documents) {
      auto text = contents(each);
      if (!each.is_literal) {
        auto filled = stage_.filled_in(text, most_document_bytes);
        if (!filled)
          return make_error(ec::failed_precondition,
                            "the here document <<" + each.name + ": "
                              + describe(filled.error()));
        text = std::move(*filled);
      }
      if (auto added = add({directory + "/" + each.name, std::move(text)});
          !added)
        return added;
    }
    return {};
  }

  std::string_view text_;
  dockerfile_instructions lines_;
  dockerfile_stage stage_;
  size_t copied_ = 0;
  size_t numbers_ = 0; ///< that look like documents
  size_t line_ = 1;    ///< of what is at `counted_`
  size_t counted_ = 0;
  size_t bytes_ = 0; ///< of documents
  plain_dockerfile out_;
};

} // namespace

std::string
in_words_of_users(std::string text,
                  const std::vector<here_document_file>& documents) {
  if (text.find(target_of("")) == text.npos)
    return text;
  for (const auto& each : documents) {
    if (each.line == 0)
      continue;
    auto words = "the here document of line " + std::to_string(each.line);
    auto target = target_of(each.path);
    for (const auto& how :
         {" . " + target, " [\"" + target + "\"]", " " + target})
      replace_all(text, mount_of(each.path) + how, words);
    replace_all(text, target, words);
  }
  return text;
}

result<plain_dockerfile> without_here_documents(std::string text) {
  if (text.find("<<") == text.npos)
    return plain_dockerfile{std::move(text), {}};
  return rewriter{text}.run();
}

} // namespace berth
