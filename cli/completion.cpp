#include "cli/completion.h"

#include "costmodel/plan/plan_alias.h"

namespace cli {

namespace {

std::string words_of(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) words += (words.empty() ? "--" : " --") + name;
  for (const CLI::App* sub : command.get_subcommands({}))
    words += (words.empty() ? "" : " ") + sub->get_name();
  return words;
}

}  // namespace

std::string bash_completion(const CLI::App& root) {
  std::string commands, cases, plans;
  for (const CLI::App* command : root.get_subcommands({})) {
    commands += (commands.empty() ? "" : " ") + command->get_name();
    cases += "    " + command->get_name() + ") words=\"" + words_of(*command) + "\" ;;\n";
  }
  for (const costmodel::PlanAlias& alias : costmodel::plan_aliases())
    plans += (plans.empty() ? "" : " ") + std::string(alias.name);
  return "# bash completion of ringside.  To use it: source <(ringside completion bash)\n"
         "_ringside() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W \"" +
         commands +
         " --help --version\" -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case $before in\n"
         "    --plan|--plans) COMPREPLY=($(compgen -W \"" +
         plans +
         "\" -- \"$word\")); return ;;\n"
         "    --to) COMPREPLY=($(compgen -W \"megatron usp ring-flash-attention burstengine\" -- "
         "\"$word\")); return ;;\n"
         "    --mask) COMPREPLY=($(compgen -W \"causal full sliding:4096\" -- \"$word\")); return ;;\n"
         "    --phase) COMPREPLY=($(compgen -W \"forward backward forward_backward\" -- \"$word\")); return "
         ";;\n"
         "    --dtype) COMPREPLY=($(compgen -W \"bf16 fp16 fp32\" -- \"$word\")); return ;;\n"
         "  esac\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  if [[ $word != -* ]]; then\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "    [[ ${COMP_WORDS[1]} == import || ${COMP_WORDS[1]} == help || ${COMP_WORDS[1]} == completion ]] "
         "|| return\n"
         "  fi\n"
         "  COMPREPLY+=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -o filenames -o bashdefault -F _ringside ringside ./ringside\n";
}

}  // namespace cli
