# Тексты кассы. Строение и пределы: см. en.ftl. Кириллица занимает два байта на букву: писать коротко.

-other-way = Примите оплату другим способом.
-support = При повторе звоните в поддержку.
-customer-other-way = Оплатите другим способом или обратитесь к кассиру.
-customer-nothing = Деньги не списаны.

# States

state-starting =
    .cashier = Начинаем оплату { $amount }. Подождите.
    .customer = Начинаем оплату. Подождите.
state-waiting-for-scan =
    .cashier = Отсканируйте код покупателя. К оплате: { $amount }.
    .customer = Поднесите код оплаты к сканеру. К оплате: { $amount }.
state-waiting-for-customer =
    .cashier = Ждём, пока покупатель подтвердит { $amount } в телефоне.
    .customer = Подтвердите { $amount } в телефоне.
state-completing =
    .cashier = Оплата { $amount } завершается. Пока не отдавайте товар.
    .customer = Оплата завершается. Подождите.
state-cancelling =
    .cashier = Оплата отменяется. Дождитесь ответа, прежде чем начать новую.
    .customer = Оплата отменяется. Подождите.
state-unknown =
    .cashier = Неизвестно, оплатил ли покупатель. Товар не отдавайте, оплату снова не берите. Проверка продолжается.
    .customer = Проверяем вашу оплату. Подождите и не платите снова.
state-needs-decision =
    .cashier = По этой оплате нужно ваше решение. Выберите, что делать.
    .customer = Подождите кассира. Не платите снова.
state-paid =
    .cashier = Оплачено: { $paid }.
    .customer = Спасибо! Оплачено: { $paid }.
state-declined =
    .cashier = Не оплачено: оплата отклонена. Предложите повторить или оплатить другим способом.
    .customer = Оплата отклонена. { -customer-nothing } { -customer-other-way }
state-cancelled =
    .cashier = Отменено. Деньги не списаны.
    .customer = Оплата отменена. { -customer-nothing }
state-expired =
    .cashier = Не оплачено: время вышло. Начните заново, если покупатель хочет оплатить.
    .customer = Время вышло. { -customer-nothing }
state-failed =
    .cashier = Не оплачено: оплата не прошла, деньги не списаны. Повторите или примите оплату другим способом.
    .customer = Оплата не прошла. { -customer-nothing } { -customer-other-way }
state-refunded =
    .cashier = Деньги возвращены покупателю. Покупка не оплачена.
    .customer = Деньги вам возвращены. Покупка не оплачена.
state-closed-by-hand =
    .cashier = Закрыто вручную. Сверьте оплату с отчётом платёжной системы.
    .customer = Кассир закрыл оплату.

# Prompts

prompt-scan =
    .cashier = Отсканируйте код в телефоне покупателя. К оплате: { $amount }.
    .customer = Поднесите код в телефоне к сканеру. К оплате: { $amount }.
prompt-show-qr =
    .cashier = Попросите отсканировать QR-код на экране и подтвердить { $amount }.
    .customer = Отсканируйте QR-код телефоном и подтвердите { $amount }.
prompt-print-qr =
    .cashier = Дайте покупателю распечатанный QR-код. К оплате: { $amount }.
    .customer = Отсканируйте распечатанный QR-код и подтвердите { $amount }.
prompt-use-plate =
    .cashier = Попросите приложить телефон к платёжной табличке и подтвердить { $amount }.
    .customer = Приложите телефон к платёжной табличке и подтвердите { $amount }.
prompt-check-phone =
    .cashier = Запрос в телефоне покупателя. Попросите подтвердить { $amount }.
    .customer = Откройте платёжное приложение и подтвердите { $amount }.
prompt-wait =
    .cashier = Минуту: оплата { $amount } выполняется.
    .customer = Минуту, пожалуйста.

# Reasons: what people did

reason-customer-rejected = покупатель отказался
    .cashier = Не оплачено: покупатель отклонил оплату. Спросите, как он хочет заплатить.
    .customer = Вы отклонили оплату. { -customer-nothing }
reason-window-closed = время вышло
    .cashier = Не оплачено: время вышло. Начните заново, если покупатель хочет оплатить.
    .customer = Время вышло. { -customer-nothing } Попросите кассира начать заново.
reason-cancelled-at-till = отмена на кассе
    .cashier = Отменено на кассе. Деньги не списаны.
    .customer = Оплата отменена. { -customer-nothing }
reason-cancelled-at-provider = отменила платёжная система
    .cashier = Не оплачено: оплату отменила платёжная система. Повторите или примите оплату другим способом.
    .customer = Оплата отменена. { -customer-nothing } { -customer-other-way }
reason-customer-not-eligible = покупателю так нельзя
    .cashier = Не оплачено: покупатель не может так оплатить эту покупку. { -other-way }
    .customer = Эту покупку нельзя оплатить так. { -customer-other-way }
reason-funds-released = резерв снят
    .cashier = Не оплачено: резерв денег снят. Примите оплату заново.
    .customer = Резерв денег снят. Оплатите заново.
reason-late-approval = подтверждено после отмены
    .cashier = Покупатель подтвердил { $amount } уже после отмены. Выберите: оставить оплату или вернуть деньги.
    .customer = Вы подтвердили оплату уже после отмены. Подождите кассира.
reason-found-after-restart = найдено при запуске
    .cashier = { $paid } оплачено до перезапуска кассы. Верните деньги или пробейте чек; не берите оплату снова.
    .customer = Ваша оплата { $paid } пришла. Подождите кассира и не платите снова.
reason-closed-as-paid = закрыто как оплачено
    .cashier = Закрыто вручную как оплаченное: { $amount }. Сверьте с отчётом платёжной системы.
    .customer = Кассир записал вашу оплату { $amount }.
reason-closed-as-not-paid = закрыто как неоплаченное
    .cashier = Закрыто вручную как неоплаченное. Если деньги всё же списаны, верните их.
    .customer = Закрыто как неоплаченное. Если деньги списаны, обратитесь к кассиру.
reason-capture-refused = деньги не удалось списать
    .cashier = Покупатель подтвердил, но деньги списать не удалось. Попросите оплатить другим способом.
    .customer = Списать оплату не удалось. Обратитесь к кассиру.
reason-part-already-refunded = часть уже возвращена
    .cashier = Часть этой оплаты уже возвращена. Проверьте сумму, прежде чем продолжать.
    .customer = Часть этой оплаты уже возвращена.

# Reasons: passing troubles

reason-network-down = нет сети
    .cashier = Не оплачено: нет сети. Проверьте связь и повторите или примите оплату другим способом.
    .customer = Сейчас нет связи. { -customer-nothing } { -customer-other-way }
reason-no-answer = нет ответа
    .cashier = Не оплачено: платёжная система не ответила. Повторите или примите оплату другим способом.
    .customer = Платёжная система не ответила. { -customer-nothing } { -customer-other-way }
reason-provider-busy = платёжная система занята
    .cashier = Не оплачено: платёжная система занята. Подождите и повторите.
    .customer = Платёжная система занята. { -customer-nothing } Повторите чуть позже или оплатите другим способом.
reason-provider-error = сбой платёжной системы
    .cashier = Не оплачено: сбой в платёжной системе. Повторите или примите оплату другим способом.
    .customer = Сбой в платёжной системе. { -customer-nothing } { -customer-other-way }
reason-answer-mismatch = ответ не сходится с чеком
    .cashier = Не оплачено: ответ платёжной системы не сходится с чеком. Повторите. { -support }
    .customer = Оплата не прошла. { -customer-other-way }
reason-storage-failed = сбой записи на кассе
    .cashier = Не оплачено: касса не может сохранять оплаты. { -other-way } Звоните в поддержку.
    .customer = Такая оплата сейчас не работает. { -customer-other-way }

# Reasons: the shop's setup

reason-credentials-rejected = касса не авторизована
    .cashier = Не оплачено: платёжная система не приняла вход кассы. { -other-way } Звоните в поддержку.
    .customer = Такая оплата сейчас не работает. { -customer-other-way }
reason-permission-missing = у магазина нет разрешения
    .cashier = Не оплачено: у магазина нет разрешения на это. { -other-way } Звоните в поддержку.
    .customer = Такая оплата сейчас не работает. { -customer-other-way }
reason-push-not-allowed = запросы на телефон запрещены
    .cashier = Не оплачено: магазину нельзя слать запросы на телефон. Покажите QR-код или звоните в поддержку.
    .customer = Запрос на телефон не отправить. { -customer-other-way }
reason-currency-not-allowed = валюта не подходит
    .cashier = Не оплачено: эту валюту так принять нельзя. { -other-way } Звоните в поддержку.
    .customer = В этой валюте так оплатить нельзя. { -customer-other-way }
reason-merchant-setup = магазин не настроен
    .cashier = Не оплачено: магазин не настроен в платёжной системе. { -other-way } Звоните в поддержку.
    .customer = Такая оплата сейчас не работает. { -customer-other-way }

# Reasons: what was asked for

reason-amount-too-small = сумма слишком мала
    .cashier = Не оплачено: сумма { $amount } слишком мала. { -other-way }
    .customer = Сумма слишком мала для такой оплаты. { -customer-other-way }
reason-amount-invalid = сумма не принята
    .cashier = Не оплачено: сумма { $amount } не принята. Проверьте её и повторите.
    .customer = Сумма не принята. { -customer-other-way }
reason-phone-invalid = неверный номер телефона
    .cashier = Не оплачено: номер телефона не подходит. Уточните его и повторите.
    .customer = Номер телефона не подходит. Проверьте его.
reason-scan-again = код не принят
    .cashier = Код не принят. Попросите новый код и отсканируйте снова.
    .customer = Код не принят. Покажите новый код.
reason-request-refused = запрос отклонён
    .cashier = Не оплачено: платёжная система отклонила запрос. { -other-way } { -support }
    .customer = Оплата не принята. { -customer-other-way }
reason-partial-not-allowed = только вся сумма
    .cashier = Так можно оплатить только всю сумму. Введите её целиком или примите оплату другим способом.
    .customer = Так можно оплатить только всю сумму. { -customer-other-way }
reason-wrong-state = сейчас нельзя
    .cashier = Сейчас с этой оплатой так поступить нельзя. Проверьте её состояние и повторите.
    .customer = Сейчас это невозможно. Обратитесь к кассиру.
reason-reference-unknown = оплата не найдена
    .cashier = Платёжная система не знает этой оплаты. Проверьте номер и повторите.
    .customer = Оплата не найдена. Обратитесь к кассиру.
reason-capture-period-over = поздно списывать
    .cashier = Списать эту оплату уже нельзя: срок вышел. Примите оплату заново.
    .customer = Списать вашу оплату уже нельзя. Обратитесь к кассиру.
reason-cancel-period-over = поздно отменять
    .cashier = Отменить эту оплату уже нельзя. Если она прошла, сделайте возврат.
    .customer = Отменить эту оплату уже нельзя. Обратитесь к кассиру.
reason-refund-period-over = поздно возвращать
    .cashier = Срок возврата вышел. Верните деньги другим способом.
    .customer = Срок возврата вышел. Кассир вам поможет.
reason-refund-too-large = больше остатка
    .cashier = Возврат больше остатка этой оплаты. Проверьте сумму.
    .customer = Возврат больше остатка. Кассир вам поможет.
reason-nothing-to-refund = возвращать нечего
    .cashier = По этой оплате возвращать нечего. Проверьте, та ли это оплата.
    .customer = По этой оплате возвращать нечего.
reason-customer-account-gone = счёта покупателя больше нет
    .cashier = Счёта покупателя больше нет. Верните деньги другим способом.
    .customer = Вашего счёта больше нет. Кассир вам поможет.
reason-already-cancelled = уже отменено
    .cashier = Эта оплата уже отменена, деньги не списаны.
    .customer = Эта оплата уже отменена. { -customer-nothing }

# Special cases

needs-decision-unknown =
    .cashier = Неизвестно, есть ли оплата. Проверьте по отчёту платёжной системы и выберите: оплачено или нет.
    .customer = Подождите кассира. Не платите снова.
completing-approved =
    .cashier = Одобрено: { $amount }. Товар можно отдать, остальное произойдёт само.
    .customer = Спасибо! Одобрено: { $amount }.
paid-part =
    .cashier = Оплачено { $paid } из { $amount }. Остаток { $rest } примите другим способом.
    .customer = Спасибо! Оплачено { $paid }. Осталось: { $rest }.
paid-partly-refunded =
    .cashier = Оплачено: { $paid }. Из них возвращено: { $refunded }.
    .customer = Оплачено { $paid }, возвращено { $refunded }.

# Refunds

refund-under-way =
    .cashier = Возвращаем покупателю { $amount }. Подождите.
    .customer = Возвращаем вам { $amount }. Подождите.
refund-unknown =
    .cashier = Неизвестно, получил ли покупатель { $amount } назад. Не делайте возврат снова и не выдавайте наличные. Проверка продолжается.
    .customer = Проверяем ваш возврат. Подождите.
refund-needs-decision =
    .cashier = По возврату { $amount } нужно ваше решение. Выберите, что делать.
    .customer = Подождите кассира.
refund-refunded =
    .cashier = Покупателю возвращено { $amount }.
    .customer = Вам возвращено { $amount }.
refund-failed =
    .cashier = Не возвращено: покупатель денег не получил. Повторите или верните другим способом.
    .customer = Возврат не прошёл. Кассир вам поможет.
refund-closed =
    .cashier = Возврат закрыт вручную. Сверьте его с отчётом платёжной системы.
    .customer = Кассир закрыл возврат.
refund-closed-as-made =
    .cashier = Возврат { $amount } закрыт вручную как сделанный. Сверьте его с отчётом платёжной системы.
    .customer = Кассир записал ваш возврат { $amount }.
refund-closed-as-not-made =
    .cashier = Возврат закрыт вручную как несделанный. Покупателю ещё нужно вернуть { $amount }.
    .customer = Возврат закрыт как несделанный. Кассир вам поможет.

# Sentences with a cause

with-cause = { $text } Причина: { $cause }.
with-problem = { $text } Проблема: { $cause }.
unknown-because = Неизвестно, есть ли оплата ({ $cause }). Товар не отдавайте, оплату снова не берите. Проверка продолжается.
refund-unknown-because = Неизвестно, прошёл ли возврат ({ $cause }). Не повторяйте его и не выдавайте наличные. Проверка продолжается.
refund-failed-because = Не возвращено: { $cause }. Покупатель денег не получил.
refund-failed-passing = Не возвращено: { $cause }. Повторите чуть позже или верните другим способом.
refund-failed-setup = Не возвращено: { $cause }. Верните деньги другим способом и звоните в поддержку.

# Choices

choice-retry = Повторить
choice-cancel = Отменить оплату
choice-refund = Вернуть деньги
choice-ring-up = Пробить чек
choice-keep = Оставить оплату
choice-force-paid = Закрыть: оплачено
choice-force-not-paid = Закрыть: не оплачено
